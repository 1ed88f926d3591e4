<figure class="graph" role="group" aria-label="{{graph.title}}">
<h3>{{graph.title}}</h3>
<p class="muted">{{graph.summary}}</p>
% if graph.svg:
{{!graph.svg}}
%   if graph.keys:
<ul class="keys-of">
%     for key in graph.keys:
<li><span class="swatch {{key.tone}}" aria-hidden="true"></span>{{key.words}}</li>
%     end
</ul>
%   end
<details><summary>{{_("As a table")}}<span class="hide">: {{graph.title}}</span></summary>
<div class="scroll" tabindex="0" role="region" aria-label="{{graph.title}}: {{_("As a table")}}"><table><thead><tr>
%   for heading in graph.headings:
<th scope="col">{{heading}}</th>
%   end
</tr></thead><tbody>
%   for row in graph.rows:
<tr>
%     for cell in row:
<td class="figure">{{cell}}</td>
%     end
</tr>
%   end
</tbody></table></div></details>
% end
</figure>
