% rebase("base.tpl", title=_("Statistics"))
<div class="head"><h1>{{_("Statistics")}}</h1>
<nav aria-label="{{_("How much of the past")}}"><ul class="ranges">
% for name, range in ranges.items():
<li><a class="button" href="/statistics?range={{name}}"{{!' aria-current="true"' if name == chosen else ""}}>{{_(range.words)}}</a></li>
% end
</ul></nav></div>
% for title, graphs in parts:
<section class="card" aria-label="{{title}}"><h2>{{title}}</h2>
<div class="graphs{{{1: " one", 3: " three"}.get(len(graphs), "")}}">
%   for graph in graphs:
%     include("graph.tpl", graph=graph)
%   end
</div></section>
% end
