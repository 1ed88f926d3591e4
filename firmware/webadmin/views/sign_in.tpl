% rebase("base.tpl", title=_("Sign in"))
<section class="card narrow alone"><h1>{{_("Sign in")}}</h1>
% if error:
<p class="alert bad" role="alert" id="error">{{error}}</p>
% end
<form method="post" action="/sign-in" class="form">
<input type="hidden" name="token" value="{{visit.token}}"><input type="hidden" name="next" value="{{next}}">
<div class="field"><label for="name">{{_("Name")}}</label><input id="name" name="name" value="{{name}}" autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="40" aria-describedby="name-help"><p class="help" id="name-help">{{_("“installer”, or the number of your extension.")}}</p></div>
<div class="field"><label for="password">{{_("Password")}}</label><input id="password" name="password" type="password" autocomplete="current-password" required autofocus maxlength="256"{{!' aria-describedby="error" aria-invalid="true"' if error else ""}}></div>
<div class="do"><button class="go">{{_("Sign in")}}</button></div>
</form>
<details><summary>{{_("Forgot the password?")}}</summary><p>{{_("The box can tell a new setup code: press its button, or dial *** on a telephone. With the code you choose a new password; all settings stay.")}}</p><p><a href="/setup">{{_("I have a setup code")}}</a></p></details>
</section>
