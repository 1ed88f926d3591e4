% rebase("base.tpl", title=_("Welcome") if is_first else _("A new password"))
<section class="card narrow alone"><h1>{{_("Welcome to Twinline") if is_first else _("A new password")}}</h1>
<p>{{_("To show that you stand in front of this box, type the setup code that it tells: on its console, on its panel, or spoken when you dial *** on a telephone.")}}</p>
% if not has_code:
<p class="alert warn" role="status">{{_("The setup code has run out, or was used. Ask the box for a new one: press its button, or dial *** on a telephone.")}}</p>
% end
<form method="post" action="/setup" class="form">
<input type="hidden" name="token" value="{{visit.token}}"><input type="hidden" name="name" value="installer" autocomplete="username">
<div class="field{{" wrong" if code_error else ""}}"><label for="code">{{_("Setup code")}}</label><input id="code" name="code" value="{{code}}" autocomplete="one-time-code" autocapitalize="characters" spellcheck="false" required maxlength="60"{{!' aria-invalid="true" aria-describedby="code-error"' if code_error else ""}}{{!"" if password_error else " autofocus"}}>
% if code_error:
<p class="error" id="code-error" role="alert">{{code_error}}</p>
% end
</div>
<div class="field{{" wrong" if password_error else ""}}"><label for="password">{{_("Your password for this page")}}</label><input id="password" name="password" type="password" autocomplete="new-password" required minlength="{{length_min}}" maxlength="256" aria-describedby="password-help{{" password-error" if password_error else ""}}"{{!' aria-invalid="true" autofocus' if password_error else ""}}>
% if password_error:
<p class="error" id="password-error" role="alert">{{password_error}}</p>
% end
<p class="help" id="password-help">{{_("{} characters or more; a few words in a row are easy to remember.").format(length_min)}}</p></div>
<div class="field"><label for="again">{{_("The password again")}}</label><input id="again" name="again" type="password" autocomplete="new-password" required minlength="{{length_min}}" maxlength="256"></div>
<div class="do"><button class="go">{{_("Go on")}}</button></div>
</form></section>
