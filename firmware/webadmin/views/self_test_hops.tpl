<div {{!'hx-get="/self-test/hops?seen=%d" hx-trigger="every 500ms" hx-swap="outerHTML"' % seen if not is_over else ""}}>
% if problem:
<p class="alert bad">{{problem}}</p>
% end
<ol class="rows">
% for hop in hops:
<li><span class="dot {{hop.tone}}" aria-hidden="true"></span><div><p class="row-head"><strong>{{hop.label}}</strong> <span class="muted">{{hop.state}}</span></p>
%   if hop.text:
<p class="row-words {{hop.tone}}">{{hop.text}}</p>
%   end
%   if hop.hint:
<p class="muted">{{hop.hint}}</p>
%   end
</div></li>
% end
</ol>
</div>
