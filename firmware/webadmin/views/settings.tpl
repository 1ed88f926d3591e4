% rebase("base.tpl", title=_("Settings"))
<h1>{{_("Settings")}}</h1>
<ul class="tiles">
% for path, label, help, count in sections:
<li><a class="card tile" href="/settings/{{path}}"><span class="tile-name">{{label}}
% if count:
 <span class="number">{{count}}</span>
% end
</span><span class="muted">{{help}}</span></a></li>
% end
</ul>
