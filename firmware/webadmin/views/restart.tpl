% rebase("base.tpl", title=_("Restart"))
<nav class="trail" aria-label="{{_("You are here")}}"><ol><li><a href="/system">{{_("System")}}</a></li></ol></nav>
<section class="card narrow alone"><h1>{{_("Restart the box now?")}}</h1><p><strong>{{text}}</strong> {{_("A restart ends them, emergency calls too.")}}</p>
<form method="post" action="/system/restart" class="form"><input type="hidden" name="token" value="{{visit.token}}"><input type="hidden" name="sure" value="yes"><div class="do"><button class="stop">{{_("Restart all the same")}}</button><a class="button" href="/system">{{_("Not now")}}</a></div></form></section>
