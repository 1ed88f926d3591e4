% is_running = test is not None and not test.is_over
% rebase("base.tpl", title=_("Self-test"), asks=is_running)
<h1>{{_("Self-test")}}</h1>
<p>{{_("A test makes a real call by the way that every call takes, and says how far it came. It is recorded and counted as any other, and ends by itself after some 20 seconds.")}}</p>
<section class="card" aria-labelledby="hops-title" id="hops" {{!"" if test else "hidden"}}>
<h2 id="hops-title">{{_("This call")}}</h2>
<div id="hop-list" role="status">{{!drawn}}</div>
% if is_running:
<noscript><p>{{_("The test ends by itself; without scripts, look again then.")}} <a class="button" href="/self-test#hops">{{_("Show what is new")}}</a></p></noscript>
<form method="post" action="/self-test/stop" id="stop-test"><input type="hidden" name="token" value="{{visit.token}}"><button class="stop">{{_("End the test")}}</button></form>
% end
</section>
<section class="card" aria-labelledby="ring-title"><h2 id="ring-title">{{_("Ring a telephone")}}</h2>
<p class="muted">{{_("It rings as for any caller. Lift it, and you hear music.")}}</p>
<form method="post" action="/self-test/run" class="form"><input type="hidden" name="token" value="{{visit.token}}"><input type="hidden" name="kind" value="ring">
<div class="field"><label for="telephone">{{_("Which")}}</label><select id="telephone" name="telephone">
% for number, name in telephones:
<option value="{{number}}">{{name}}</option>
% end
</select></div>
<div class="do"><button class="go">{{_("Ring it")}}</button></div></form></section>
<section class="card" aria-labelledby="incoming-title"><h2 id="incoming-title">{{_("Simulate an incoming call")}}</h2>
<p class="muted">{{_("As if somebody outside called: by the inbound routes, and whoever they ring.")}}</p>
<form method="post" action="/self-test/run" class="form"><input type="hidden" name="token" value="{{visit.token}}"><input type="hidden" name="kind" value="incoming">
<div class="field"><label for="incoming-trunk">{{_("Comes in by")}}</label><select id="incoming-trunk" name="trunk">
% for name in trunks:
<option value="{{name}}">{{name}}</option>
% end
</select></div>
<div class="field"><label for="called">{{_("The number that is called")}}</label><input id="called" name="number" inputmode="tel" maxlength="24" pattern="\+?[0-9*# ()\/.\-]*" autocomplete="off"></div>
<div class="field"><label for="caller">{{_("The caller's number")}}</label><input id="caller" name="caller" maxlength="24" pattern="anonymous|\+?[0-9*# ()\/.\-]*" autocomplete="off" aria-describedby="caller-hint"><p class="muted" id="caller-hint">{{_("Nothing: an unknown caller; anonymous: one who hides the number.")}}</p></div>
<div class="do"><button class="go">{{_("Let it come in")}}</button></div></form></section>
<section class="card" aria-labelledby="echo-title"><h2 id="echo-title">{{_("Call the echo test")}}</h2>
<p class="muted">{{_("Plays a sound, and listens whether it comes back. Without a number it calls the echo test of the trunk's provider, if that is known, or the box itself.")}}</p>
<form method="post" action="/self-test/run" class="form"><input type="hidden" name="token" value="{{visit.token}}"><input type="hidden" name="kind" value="echo">
<div class="field"><label for="echo-number">{{_("The number of an echo test outside")}}</label><input id="echo-number" name="number" inputmode="tel" maxlength="24" pattern="\+?[0-9*# ()\/.\-]*" autocomplete="off"></div>
<div class="field"><label for="echo-trunk">{{_("Goes out by")}}</label><select id="echo-trunk" name="trunk"><option value="">{{_("as the routes say")}}</option>
% for name in trunks:
<option value="{{name}}">{{name}}</option>
% end
</select></div>
<div class="do"><button class="go">{{_("Call it")}}</button></div></form></section>
