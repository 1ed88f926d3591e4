% rebase("base.tpl", title="Twinline", scripts=True, top='<div sse-swap="summary" role="status">' + drawn.parts["summary"] + '</div>')
% include("icons.tpl")
<h1 class="hide">{{_("This box now")}}</h1>
<p class="note" id="note" role="status" data-lost="{{_("The box does not answer this page. Trying again…")}}" data-silent="{{_("The box does not answer. Try again in a moment.")}}" data-hear="{{_("Listen")}}" data-stopped="{{_("Listening ended: the simulator stopped.")}}" data-ended="{{_("Listening ended: the box does not answer.")}}" data-hearing="{{_("Listening")}}"></p>
<noscript><p class="note">{{_("Without scripts this page is a snapshot.")}} <a href="/">{{_("Reload it to see what is new.")}}</a></p></noscript>
% if is_unfinished:
<p class="alert idle">{{_("The setting up is not finished.")}} <a href="/wizard">{{_("Go on where you left")}}</a></p>
% end
<div sse-swap="health" role="status">{{!drawn.parts["health"]}}</div>
% if view.scene.phones or view.scene.lines:
<section class="desk" aria-labelledby="desk-title">
<div class="intro">
<h2 id="desk-title">{{_("Try it: make a call")}}</h2>
<div sse-swap="steps" aria-live="polite">{{!drawn.parts["steps"]}}</div>
</div>
% for phone in view.scene.phones:
%   include("phone.tpl", phone=phone, drawn=drawn, token=token)
% end
% for line in view.scene.lines:
%   include("line.tpl", line=line, drawn=drawn, token=token)
% end
</section>
% end
<div id="look" hx-get="/parts?{{drawn.query}}" hx-trigger="look, sse:stale" hx-swap="none" hidden></div>
<div class="grid">
<section class="card wide{{" beside" if graph and graph.svg else ""}}" aria-labelledby="calls-title"><h2 id="calls-title">{{_("Calls now")}}</h2><div sse-swap="calls">{{!drawn.parts["calls"]}}</div></section>
% if graph and graph.svg:
<section class="card" aria-label="{{graph.title}}">
%   include("graph.tpl", graph=graph)
<p class="foot"><a href="/statistics">{{_("Statistics")}}</a></p></section>
% end
<section class="card" aria-labelledby="lines-title"><h2 id="lines-title">{{_("Lines")}}</h2><div sse-swap="lines">{{!drawn.parts["lines"]}}</div></section>
<section class="card" aria-labelledby="trunks-title"><h2 id="trunks-title">{{_("Trunks")}} <small>{{_("the ways out")}}</small></h2><div sse-swap="trunks">{{!drawn.parts["trunks"]}}</div></section>
<section class="card last" aria-labelledby="adapters-title"><h2 id="adapters-title">{{_("Adapters")}}</h2><div sse-swap="adapters">{{!drawn.parts["adapters"]}}</div></section>
</div>
