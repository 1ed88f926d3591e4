% rebase("base.tpl", title=_("People"))
<h1>{{_("People")}}</h1>
<section class="card"><h2>{{_("Who lives here")}}</h2><p class="muted">{{_("A resident signs in with the number of an extension, and sees and changes that extension alone.")}}</p>
% if residents:
<ul class="rows">
%   for person in residents:
<li><div><p class="row-head"><strong>{{person.extension}}</strong></p></div><form method="post" action="/people"><input type="hidden" name="token" value="{{visit.token}}"><input type="hidden" name="extension" value="{{person.extension}}"><button class="stop" name="do" value="remove" aria-label="{{_("Remove {}").format(person.extension)}}">{{_("Remove")}}</button></form></li>
%   end
</ul>
% else:
<p class="empty">{{_("Nobody yet.")}}</p>
% end
</section>
<section class="card narrow"><h2>{{_("Add somebody, or give a new password")}}</h2>
<form method="post" action="/people" class="form">
<input type="hidden" name="token" value="{{visit.token}}">
% for name, label, kind in (("extension", _("Extension"), "text"), ("password", _("Password"), "password")):
%   error = errors.get(name, "")
<div class="field{{" wrong" if error else ""}}"><label for="{{name}}">{{label}}</label><input id="{{name}}" name="{{name}}" type="{{kind}}" autocomplete="{{"off" if kind == "text" else "new-password"}}"{{!' inputmode="numeric"' if kind == "text" else ""}} required maxlength="256"{{!' aria-invalid="true" aria-describedby="%s-error"' % name if error else ""}}>
%   if error:
<p class="error" id="{{name}}-error" role="alert">{{error}}</p>
%   end
</div>
% end
<div class="do"><button class="go">{{_("Save")}}</button></div>
</form></section>
