% places = [("/mine", _("My telephone"))] + [("/calls", _("Calls")), ("/statistics", _("Statistics"))] * visit.has_calls
% if visit.role.name == "INSTALLER":
%   places = [("/", _("Overview"))] + [("/calls", _("Calls")), ("/statistics", _("Statistics"))] * visit.has_calls + [("/settings", _("Settings")), ("/people", _("People")), ("/self-test", _("Self-test")), ("/system", _("System"))]
% end
% here = max((p for p, t in places if visit.path == p or (p != "/" and visit.path.startswith(p + "/"))), default="")
<nav class="nav" aria-label="{{_("Pages")}}"><ul>
% for path, label in places:
<li><a href="{{path}}"{{!' aria-current="page"' if path == here else ""}}>{{label}}</a></li>
% end
<li class="me"><a href="/account"{{!' aria-current="page"' if visit.path == "/account" else ""}}>{{_("My password")}}</a></li>
<li><form method="post" action="/sign-out"><input type="hidden" name="token" value="{{visit.token}}"><button class="link">{{_("Sign out")}}</button></form></li>
</ul></nav>
