% from urllib.parse import quote
% rebase("base.tpl", title=_("Calls"))
<div class="head"><h1>{{_("Calls")}}</h1>
% if visit.role.name == "INSTALLER":
<a class="button" href="/calls/spent">{{_("Spent and refused")}}</a>
% end
<a class="button" href="/calls.csv?q={{quote(query)}}">{{_("As a table (CSV)")}}</a></div>
<section class="card">
<form method="get" action="/calls" class="search" role="search"><label class="hide" for="q">{{_("Search")}}</label><input id="q" name="q" type="search" value="{{query}}" placeholder="{{_("Search")}}" maxlength="60"><button>{{_("Search")}}</button></form>
<p class="muted" role="status">{{found}}</p>
% if rows:
<div class="scroll" tabindex="0" role="region" aria-label="{{_("Calls")}}"><table><thead><tr>
% for label in (_("Began"), _("From"), _("To"), _("Lasted"), _("Ended")):
<th scope="col">{{label}}</th>
% end
</tr></thead><tbody>
% for row in rows:
<tr>
%   for cell in row:
<td class="figure">{{cell}}</td>
%   end
</tr>
% end
</tbody></table></div>
% else:
<p class="empty">{{_("Nothing found.") if query else _("None yet.")}}</p>
% end
% include("pager.tpl", query=query, page=page, pages=pages)
</section>
