% rebase("base.tpl", title=_("Tokens for programs"))
<h1>{{_("Tokens for programs")}}</h1>
<p class="lead">{{_("Another program may operate this box with a token. What there is to ask for stands in")}} <a href="/api/openapi.json">/api/openapi.json</a>.</p>
% if secret:
<section class="card" role="status"><h2>{{_("The new token")}}</h2><p>{{_("Copy it now: it is shown this once, and kept nowhere.")}}</p><pre id="secret">{{secret}}</pre></section>
% end
<section class="card"><h2>{{_("Tokens")}}</h2>
% if tokens:
<ul class="rows">
%   for one in tokens:
<li><div><p class="row-head"><strong>{{one.name}}</strong></p><p class="muted">{{_("may do everything") if one.role.name == "INSTALLER" else _("extension {}").format(one.extension)}} · {{days[one.id]}}</p></div><form method="post" action="/tokens"><input type="hidden" name="token" value="{{visit.token}}"><input type="hidden" name="id" value="{{one.id}}"><button class="stop" name="do" value="remove" aria-label="{{_("Remove {}").format(one.name)}}">{{_("Remove")}}</button></form></li>
%   end
</ul>
% else:
<p class="empty">{{_("None yet.")}}</p>
% end
</section>
<section class="card narrow"><h2>{{_("Make a token")}}</h2>
<form method="post" action="/tokens" class="form"><input type="hidden" name="token" value="{{visit.token}}">
<div class="field{{" wrong" if "name" in errors else ""}}"><label for="name">{{_("What is it for?")}}</label><input id="name" name="name" value="{{form.get("name", "")}}" maxlength="40" autocomplete="off" required{{!' aria-invalid="true" aria-describedby="name-error"' if "name" in errors else ""}}>
% if "name" in errors:
<p class="error" id="name-error">{{errors["name"]}}</p>
% end
</div>
<div class="field"><label for="role">{{_("What may it do?")}}</label><select id="role" name="role"><option value="installer">{{_("everything")}}</option><option value="resident"{{!" selected" if form.get("role") == "resident" else ""}}>{{_("what a resident may, with one extension")}}</option></select></div>
<div class="field{{" wrong" if "extension" in errors else ""}}"><label for="extension">{{_("Extension, for a resident")}}</label><input id="extension" name="extension" value="{{form.get("extension", "")}}" inputmode="numeric" maxlength="6" autocomplete="off"{{!' aria-invalid="true" aria-describedby="extension-error"' if "extension" in errors else ""}}>
% if "extension" in errors:
<p class="error" id="extension-error">{{errors["extension"]}}</p>
% end
</div>
<div class="do"><button class="go">{{_("Make a token")}}</button></div></form></section>
