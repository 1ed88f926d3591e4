% rebase("base.tpl", title="Twinline: " + heading)
<section class="card refusal"><h1>{{heading}}</h1><p>{{text}}</p><p><a class="button" href="/">Back to the page</a></p></section>
