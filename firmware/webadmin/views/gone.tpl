% rebase("base.tpl", title=heading)
<section class="card narrow alone"><h1>{{heading}}</h1><p>{{text}}</p><p><a class="button" href="/">{{_("Back to the page")}}</a></p></section>
