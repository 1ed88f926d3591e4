% rebase("base.tpl", title=title)
<nav class="trail" aria-label="{{_("You are here")}}"><ol><li><a href="/settings">{{_("Settings")}}</a></li>
% if place.is_entry:
<li><a href="/settings/{{place.table}}">{{_(table.label)}}</a></li>
% end
</ol></nav>
<h1>{{title}}</h1>
% if help:
<p class="lead">{{help}}</p>
% end
% if errors or wrong or key_error:
<div class="alert bad" role="alert"><strong>{{_("Nothing was saved.")}}</strong> {{_("What you typed is still here.")}}
<ul class="list">
%   for name, text in errors.items():
<li>
%     if name:
<a href="/settings{{name}}">{{name[1:]}}</a>:
%     end
{{text}}</li>
%   end
%   for field in wrong:
<li><a href="#{{field.id}}">{{field.label}}</a>: {{field.error}}</li>
%   end
</ul></div>
% end
<form method="post" action="{{place.url}}" class="form card">
<input type="hidden" name="token" value="{{visit.token}}"><input type="hidden" name="was" value="{{was}}">
% if has_key and place.is_new:
<div class="field{{" wrong" if key_error else ""}}"><label for="f-key">{{key_label[:1].upper() + key_label[1:]}}</label><input id="f-key" name="+key" value="{{key}}" required maxlength="40" autocomplete="off"{{!' aria-invalid="true" aria-describedby="f-key-error"' if key_error else ""}}>
%   if key_error:
<p class="error" id="f-key-error">{{key_error}}</p>
%   end
</div>
% end
% for group in groups:
% include("group.tpl", group=group)
% end
<div class="do"><button class="go" name="do" value="save">{{_("Save")}}</button>
% if place.is_entry and not place.is_new:
<details class="danger"><summary class="button stop">{{_("Remove")}}</summary><p>{{_("Remove “{}”? This cannot be undone.").format(was)}}</p><button class="stop" name="do" value="remove" formnovalidate>{{_("Yes, remove it")}}</button></details>
% end
</div>
</form>
% if links:
<ul class="tiles">
%   for link in links:
<li><a class="card tile" href="{{place.url}}/{{link.name}}"><span class="tile-name">{{link.label}} <span class="number">{{link.count}}</span></span><span class="muted">{{link.help}}</span></a></li>
%   end
</ul>
% end
