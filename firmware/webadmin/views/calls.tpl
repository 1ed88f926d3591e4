% rebase("base.tpl", title=_("Calls"))
<div class="head"><h1>{{_("Calls")}}</h1>
% if visit.role.name == "INSTALLER":
<a class="button" href="/calls/spent">{{_("Spent and refused")}}</a>
% end
<a class="button" href="/calls.csv?{{asked.query}}">{{_("As a table (CSV)")}}</a></div>
<section class="card">
<form method="get" action="/calls" class="filter" role="search">
<div class="field"><label for="q">{{_("Number, from its beginning")}}</label><input id="q" name="q" type="search" value="{{asked.values["q"]}}" maxlength="60"></div>
<div class="field"><label for="from">{{_("From day")}}</label><input id="from" name="from" type="date" value="{{asked.values["from"]}}"></div>
<div class="field"><label for="to">{{_("To day")}}</label><input id="to" name="to" type="date" value="{{asked.values["to"]}}"></div>
% for name, label, values in choices:
<div class="field"><label for="{{name}}">{{label}}</label><select id="{{name}}" name="{{name}}">
%   for value, words in values:
<option value="{{value}}"{{!" selected" if value == asked.values[name] else ""}}>{{words}}</option>
%   end
</select></div>
% end
% if visit.role.name == "INSTALLER":
<div class="field"><label for="extension">{{_("Extension")}}</label><input id="extension" name="extension" inputmode="numeric" value="{{asked.values["extension"]}}" maxlength="10"></div>
% end
<div class="do"><button class="go">{{_("Search")}}</button>
% if asked.query:
<a class="button" href="/calls">{{_("All calls")}}</a>
% end
</div></form>
% if asked.wrong:
<p class="alert bad" role="alert">{{_("Some of this could not be understood and was left out.")}}</p>
% end
<p class="muted" role="status">{{found}}</p>
% if rows:
<div class="scroll" tabindex="0" role="region" aria-label="{{_("Calls")}}"><table><thead><tr>
% for label in (_("Began"), _("From"), _("To"), _("Lasted"), _("Ended"), _("MOS")):
<th scope="col">{{label}}</th>
% end
</tr></thead><tbody>
% for row in rows:
<tr><td class="figure"><a href="/calls/{{row.key}}">{{row.began}}</a></td><td>{{row.caller}}</td><td>{{row.callee}}</td><td class="figure">{{row.lasted}}</td><td class="row-words {{row.tone}}">{{row.ended}}</td><td class="figure">{{row.mos}}</td></tr>
% end
</tbody></table></div>
% else:
<p class="empty">{{_("Nothing found.") if asked.query else _("None yet.")}}</p>
% end
% if older or asked.before:
<nav class="pager" aria-label="{{_("Pages of the list")}}">
%   if asked.before:
<a class="button" href="/calls?{{asked.query}}">{{_("Newest")}}</a>
%   end
%   if older:
<a class="button" rel="next" href="/calls?{{asked.query + ("&" if asked.query else "")}}before={{older}}">{{_("Older")}}</a>
%   end
</nav>
% end
</section>
