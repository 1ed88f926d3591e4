% rebase("base.tpl", title=_("Call"))
<nav class="trail" aria-label="{{_("You are here")}}"><ol><li><a href="/calls">{{_("Calls")}}</a></li></ol></nav>
<div class="head"><div><h1>{{row.caller}} → {{row.callee}}</h1><p class="lead">{{row.began}} · {{row.ended}}</p></div></div>
<div class="grid">
% for title, pairs in groups:
%   if pairs:
<section class="card" aria-label="{{title}}"><h2>{{title}}</h2><dl class="facts-of">
%     for name, value in pairs:
<div><dt>{{name}}</dt><dd>{{value}}</dd></div>
%     end
</dl></section>
%   end
% end
</div>
<section class="card" aria-labelledby="sound-title"><h2 id="sound-title">{{_("Sound")}}</h2>
% if sounds:
<div class="scroll" tabindex="0" role="region" aria-label="{{_("Legs")}}"><table><thead><tr>
%   for label in (_("Leg"), _("Codec"), _("Loss"), _("Jitter"), _("Round trip"), _("MOS"), _("In words")):
<th scope="col">{{label}}</th>
%   end
</tr></thead><tbody>
%   for sound in sounds:
<tr><td>{{sound.leg}}</td>
%     for cell in (sound.codec, sound.loss, sound.jitter, sound.round_trip, sound.mos):
<td class="figure">{{cell}}</td>
%     end
<td class="row-words {{sound.said.tone}}">{{sound.said.words}}</td></tr>
%   end
</tbody></table></div>
% else:
<p class="empty">{{_("No leg of this call went over the network, or it was not answered.") if call.ended_at else _("This is known when the call is over.")}}</p>
% end
% if graphs:
<p class="muted foot">{{_("This call among the others of these days:")}}</p>
<div class="graphs three">
%   for graph in graphs:
%     include("graph.tpl", graph=graph)
%   end
</div>
% end
</section>
% if steps:
<section class="card" aria-labelledby="steps-title"><h2 id="steps-title">{{_("What happened")}}</h2><ol class="list numbered">
%   for step in steps:
<li>{{step}}</li>
%   end
</ol></section>
% end
<p class="muted">{{_("Identifier")}}: {{call.id}}{{" · " + _("belongs to") + " " + call.linked if call.linked else ""}}</p>
