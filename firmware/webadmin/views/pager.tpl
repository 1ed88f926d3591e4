% from urllib.parse import quote
% if pages > 1:
<nav class="pager" aria-label="{{_("Pages of the list")}}">
%   if page > 1:
<a class="button" rel="prev" href="?q={{quote(query)}}&amp;page={{page - 1}}">{{_("Back")}}</a>
%   end
<span>{{_("Page {} of {}").format(page, pages)}}</span>
%   if page < pages:
<a class="button" rel="next" href="?q={{quote(query)}}&amp;page={{page + 1}}">{{_("Next")}}</a>
%   end
</nav>
% end
