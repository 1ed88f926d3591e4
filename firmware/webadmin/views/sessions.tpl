% rebase("base.tpl", title=_("Who is signed in"))
<h1>{{_("Who is signed in")}}</h1>
<p class="lead">{{_("A browser is signed out after 15 minutes without use, and when the box restarts.")}}</p>
<section class="card"><ul class="rows">
% for row in rows:
<li><div><p class="row-head"><strong>{{row.user}}</strong>
%   if row.is_own:
 <span class="muted">{{_("this browser")}}</span>
%   end
</p><p class="muted">{{_("from {}").format(row.address)}} · {{_("signed in {}").format(row.since)}} · {{_("used {}").format(row.used)}}</p></div>
%   if not row.is_own:
<form method="post" action="/sessions"><input type="hidden" name="token" value="{{visit.token}}"><input type="hidden" name="handle" value="{{row.handle}}"><button class="stop" aria-label="{{_("Sign out {}, from {}").format(row.user, row.address)}}">{{_("Sign out")}}</button></form>
%   end
</li>
% end
</ul>
% if len(rows) > 1:
<form method="post" action="/sessions"><input type="hidden" name="token" value="{{visit.token}}"><div class="do"><button class="stop" name="do" value="all">{{_("Sign out all others")}}</button></div></form>
% end
</section>
