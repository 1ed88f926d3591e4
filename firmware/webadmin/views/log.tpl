% rebase("base.tpl", title=_("Log"))
<nav class="trail" aria-label="{{_("You are here")}}"><ol><li><a href="/system">{{_("System")}}</a></li></ol></nav>
<h1>{{_("Log")}}</h1>
<section class="card">
% if lines is None:
<p class="empty">{{_("This can be done on the box itself alone.")}}</p>
% else:
<form method="get" action="/system/log" class="search" role="search"><label class="hide" for="q">{{_("Search")}}</label><input id="q" name="q" type="search" value="{{query}}" placeholder="{{_("Search")}}" maxlength="100"><button>{{_("Search")}}</button></form>
%   if lines:
<pre tabindex="0" role="region" aria-label="{{_("Log")}}">{{"\n".join(lines)}}</pre>
%   else:
<p class="empty">{{_("Nothing found.")}}</p>
%   end
% end
</section>
