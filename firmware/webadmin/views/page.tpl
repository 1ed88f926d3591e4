% rebase("base.tpl", title="Twinline", scripts=True, top='<div data-part="summary" role="status">' + drawn.parts["summary"] + '</div>')
% include("icons.tpl")
<h1 class="hide">This box now</h1>
<p class="note" id="note" role="status" hidden></p>
<noscript><p class="note">Without scripts this page is a snapshot. <a href="/">Reload it</a> to see what is new.</p></noscript>
<div data-part="health" role="status">{{!drawn.parts["health"]}}</div>
% if view.scene.phones or view.scene.lines:
<section class="desk" aria-labelledby="desk-title">
<div class="intro">
<h2 id="desk-title">Try it: make a call</h2>
<div data-part="steps" aria-live="polite">{{!drawn.parts["steps"]}}</div>
</div>
% for phone in view.scene.phones:
%   include("phone.tpl", phone=phone, drawn=drawn, token=token)
% end
% for line in view.scene.lines:
%   include("line.tpl", line=line, drawn=drawn, token=token)
% end
</section>
% end
<div class="grid" data-layout="{{drawn.layout}}" id="live">
<section class="card wide" aria-labelledby="calls-title"><h2 id="calls-title">Calls now</h2><div data-part="calls">{{!drawn.parts["calls"]}}</div></section>
<section class="card" aria-labelledby="lines-title"><h2 id="lines-title">Lines</h2><div data-part="lines">{{!drawn.parts["lines"]}}</div></section>
<section class="card" aria-labelledby="trunks-title"><h2 id="trunks-title">Trunks <small>the ways out</small></h2><div data-part="trunks">{{!drawn.parts["trunks"]}}</div></section>
<section class="card last" aria-labelledby="adapters-title"><h2 id="adapters-title">Adapters</h2><div data-part="adapters">{{!drawn.parts["adapters"]}}</div></section>
</div>
