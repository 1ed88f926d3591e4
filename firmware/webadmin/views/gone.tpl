% rebase("base.tpl", title=heading, script="back.js")
<section class="card narrow alone" id="gone" data-start="{{start}}"><h1>{{heading}}</h1><p>{{text}}</p><p class="muted" role="status" id="waiting" data-back="{{_("The box is back.")}}" hidden>{{_("Waiting for the box …")}}</p><p><a class="button" href="/">{{_("Back to the page")}}</a></p></section>
