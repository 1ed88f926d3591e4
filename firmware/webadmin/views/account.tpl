% rebase("base.tpl", title=_("My password"))
<section class="card narrow"><h1>{{_("My password")}}</h1><p class="muted">{{_("Signed in as {}.").format(visit.user)}}</p>
<form method="post" action="/account" class="form">
<input type="hidden" name="token" value="{{visit.token}}"><input type="hidden" name="name" value="{{visit.user}}" autocomplete="username">
% for name, label, kind in (("old", _("Your password now"), "current-password"), ("password", _("The new password"), "new-password"), ("again", _("The new password again"), "new-password")):
%   error = errors.get(name, "")
<div class="field{{" wrong" if error else ""}}"><label for="{{name}}">{{label}}</label><input id="{{name}}" name="{{name}}" type="password" autocomplete="{{kind}}" required maxlength="256"{{!' aria-invalid="true" aria-describedby="%s-error"' % name if error else ""}}>
%   if error:
<p class="error" id="{{name}}-error" role="alert">{{error}}</p>
%   elif name == "password":
<p class="help">{{_("{} characters or more; a few words in a row are easy to remember.").format(length_min)}}</p>
%   end
</div>
% end
<div class="do"><button class="go">{{_("Change the password")}}</button></div>
</form>
<p><a class="button" href="/sessions">{{_("Who is signed in")}}</a></p></section>
