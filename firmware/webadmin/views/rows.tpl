<ul class="rows">
% for row in rows:
<li><span class="dot {{row.tone}}" aria-hidden="true"></span><div><p class="row-head"><strong>{{row.name}}</strong>
% if row.number:
<span class="number">{{row.number}}</span>
% end
</p><p class="row-words {{row.tone}}">{{row.words}}</p>
% if row.notes:
<p class="muted">{{" · ".join(row.notes)}}</p>
% end
</div></li>
% end
</ul>
