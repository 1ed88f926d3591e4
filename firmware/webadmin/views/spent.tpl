% rebase("base.tpl", title=_("Spent and refused"))
<div class="head"><h1>{{_("Spent and refused")}}</h1><a class="button" href="/settings/fence">{{_("The limits")}}</a></div>
<section class="card"><h2>{{_("Spent")}}</h2>
<div class="scroll" tabindex="0" role="region" aria-label="{{_("Spent")}}"><table><thead><tr><th scope="col">{{_("What")}}</th><th scope="col">{{_("Used")}}</th><th scope="col">{{_("At most")}}</th></tr></thead><tbody>
% for label, used, most in limits:
<tr><th scope="row">{{label}}</th><td class="figure">{{used}}</td><td class="figure">{{most}}</td></tr>
% end
</tbody></table></div>
<p class="muted">{{_("With all that calls now up may still use.")}}</p>
</section>
<section class="card"><h2>{{_("Refused")}}</h2>
% if refusals:
<div class="scroll" tabindex="0" role="region" aria-label="{{_("Refused")}}"><table><thead><tr>
% for label in (_("When"), _("Who"), _("Number"), _("Why")):
<th scope="col">{{label}}</th>
% end
</tr></thead><tbody>
% for row in refusals:
<tr>
%   for cell in row:
<td class="figure">{{cell}}</td>
%   end
</tr>
% end
</tbody></table></div>
% else:
<p class="empty">{{_("No call outside was refused.")}}</p>
% end
</section>
