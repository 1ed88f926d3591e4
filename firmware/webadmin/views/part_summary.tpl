<p class="summary"><span class="dot {{picture.tone}}" aria-hidden="true"></span><strong>{{picture.headline}}</strong>
% if picture.facts:
<span class="facts">{{" · ".join(picture.facts)}}</span>
% end
</p>
