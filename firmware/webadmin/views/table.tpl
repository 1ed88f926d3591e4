% rebase("base.tpl", title=title)
<nav class="trail" aria-label="{{_("You are here")}}"><ol><li><a href="/settings">{{_("Settings")}}</a></li></ol></nav>
<div class="head"><div><h1>{{title}}</h1><p class="lead">{{help}}</p></div>
% if is_full:
<p class="muted">{{_("There is no room for more.")}}</p>
% else:
<a class="button go" href="{{place.url}}/{{new}}">{{_("Add")}}</a>
% end
</div>
<section class="card">
<form method="get" action="{{place.url}}" class="search" role="search"><label class="hide" for="q">{{_("Search")}}</label><input id="q" name="q" type="search" value="{{query}}" placeholder="{{_("Search")}}" maxlength="60"><button>{{_("Search")}}</button></form>
<p class="muted" role="status">{{found}}</p>
% if rows:
<div class="scroll" tabindex="0" role="region" aria-label="{{title}}"><table><thead><tr>
% if has_keys:
<th scope="col">{{_("Key")}}</th>
% end
% for column in columns:
<th scope="col">{{column}}</th>
% end
</tr></thead><tbody>
% for key, name, cells in rows:
<tr>
%   for index, cell in enumerate(([key] if has_keys else []) + cells):
%     if index == 0:
<td class="figure"><a href="{{place.url}}/{{key}}">{{cell or name}}</a></td>
%     else:
<td>{{cell}}</td>
%     end
%   end
</tr>
% end
</tbody></table></div>
% else:
<p class="empty">{{_("Nothing found.") if query else _("None yet.")}}</p>
% end
% include("pager.tpl", query=query, page=page, pages=pages)
</section>
