% rebase("base.tpl", title=_("System"))
% def password(name, label):
<div class="field{{" wrong" if errors.get(name) else ""}}"><label for="{{name}}">{{label}}</label><input id="{{name}}" name="password" type="password" autocomplete="current-password" required maxlength="256"{{!' aria-invalid="true" aria-describedby="%s-error"' % name if errors.get(name) else ""}}>
% if errors.get(name):
<p class="error" id="{{name}}-error" role="alert">{{errors[name]}}</p>
% end
</div>
% end
<h1>{{_("System")}}</h1>
<div class="grid two">
<section class="card"><h2>{{_("Backup")}}</h2><p class="muted">{{_("Settings, people, tokens and first steps in one file, locked with a passphrase of yours. Without the passphrase nobody can open it, nor can we. Calls and messages are not in it.")}}</p>
<form method="post" action="/system/backup" class="form"><input type="hidden" name="token" value="{{visit.token}}">
<div class="field{{" wrong" if errors.get("passphrase") else ""}}"><label for="passphrase">{{_("Passphrase")}}</label><input id="passphrase" name="passphrase" type="password" autocomplete="new-password" required minlength="{{passphrase_min}}" maxlength="256"{{!' aria-invalid="true" aria-describedby="passphrase-error"' if errors.get("passphrase") else ""}}>
% if errors.get("passphrase"):
<p class="error" id="passphrase-error" role="alert">{{errors["passphrase"]}}</p>
% end
</div>
% if certificate:
<div class="field"><label class="check" for="with-certificate"><input id="with-certificate" name="certificate" type="checkbox" value="yes"> {{_("With the certificate and its key")}}</label></div>
% end
% password("backup-password", _("Your password for this page"))
<div class="do"><button class="go">{{_("Download the backup")}}</button></div></form></section>
<section class="card"><h2>{{_("Restore")}}</h2><p class="muted">{{_("All settings, people and tokens then are as they were; your own password stays as it is here.")}}</p>
<form method="post" action="/system/restore" enctype="multipart/form-data" class="form"><input type="hidden" name="token" value="{{visit.token}}">
<div class="field"><label for="upload">{{_("The backup, as a file")}}</label><input id="upload" name="upload" type="file" accept=".txt,text/plain"></div>
<div class="field{{" wrong" if errors.get("file") else ""}}"><label for="file">{{_("or its text, pasted")}}</label><textarea id="file" name="file" rows="4" spellcheck="false"{{!' aria-invalid="true" aria-describedby="file-error"' if errors.get("file") else ""}}></textarea>
% if errors.get("file"):
<p class="error" id="file-error" role="alert">{{errors["file"]}}</p>
% end
</div>
<div class="field"><label for="restore-passphrase">{{_("Its passphrase")}}</label><input id="restore-passphrase" name="passphrase" type="password" autocomplete="off" required maxlength="256"></div>
% password("restore-password", _("Your password for this page"))
<div class="do"><button>{{_("Restore")}}</button></div></form></section>
<section class="card"><h2>{{_("Log")}}</h2><p class="muted">{{_("What the box did, without secrets and full numbers.")}}</p><p><a class="button" href="/system/log">{{_("Read the log")}}</a></p>
<h2>{{_("Other programs")}}</h2><p><a class="button" href="/tokens">{{_("Tokens for programs")}}</a></p></section>
<section class="card"><h2>{{_("Certificate")}}</h2>
% if certificate:
<p>{{_("Compare this fingerprint (SHA-256) with what the browser shows, once; the box speaks it when you dial *** and then 1.")}}</p><pre>{{certificate.fingerprint}}</pre><p class="muted">{{_("Made by this box, and renewed by itself.") if certificate.is_own else _("Brought by you. When it runs out, the box makes one of its own.")}} {{", ".join(certificate.names)}}</p>
% else:
<p class="muted">{{_("This page comes without TLS: it is for this machine alone.") if not has_tls else _("No certificate works just now.")}}</p>
% end
% if has_tls:
<details{{!" open" if errors.get("chain") else ""}}><summary>{{_("Bring another certificate")}}</summary><form method="post" action="/system/certificate" class="form"><input type="hidden" name="token" value="{{visit.token}}">
<div class="field{{" wrong" if errors.get("chain") else ""}}"><label for="chain">{{_("Certificate with its chain, PEM")}}</label><textarea id="chain" name="chain" rows="3" required spellcheck="false"{{!' aria-invalid="true" aria-describedby="chain-error"' if errors.get("chain") else ""}}></textarea>
%   if errors.get("chain"):
<p class="error" id="chain-error" role="alert">{{errors["chain"]}}</p>
%   end
</div>
<div class="field"><label for="key">{{_("Its key, PEM")}}</label><textarea id="key" name="key" rows="3" required spellcheck="false"></textarea></div>
<div class="do"><button>{{_("Try it, and use it")}}</button></div></form></details>
% end
</section>
% if appliance:
<section class="card"><h2>{{_("Restart")}}</h2><p class="muted">{{_("Calls that are up end.")}}</p><form method="post" action="/system/restart"><input type="hidden" name="token" value="{{visit.token}}"><button>{{_("Restart the box")}}</button></form></section>
<section class="card"><h2>{{_("Factory reset")}}</h2><p class="muted">{{_("Forgets settings, people, calls, messages and certificates. This cannot be undone.")}}</p>
<form method="post" action="/system/reset" class="form"><input type="hidden" name="token" value="{{visit.token}}">
% password("reset-password", _("Your password for this page"))
<div class="do"><button class="stop">{{_("Forget everything")}}</button></div></form></section>
% end
</div>
