% name, at = _("Outside line {}").format(line.number), "/simulator/line/%d" % line.number
<article class="card phone outside" id="line-{{line.number}}" hx-target="#line-{{line.number}}-result" hx-swap="textContent" aria-labelledby="line-{{line.number}}-title">
<div class="face">
<svg class="set" viewBox="0 0 120 96" aria-hidden="true"><path class="pole" d="M60 92V10M34 22h52M40 36h40"/><path class="wire" d="M2 28c14 8 24 4 32-6M118 28c-14 8-24 4-32-6M2 44c16 6 30 0 38-8M118 44c-16 6-30 0-38-8"/><g class="cups"><circle cx="36" cy="18" r="3.5"/><circle cx="84" cy="18" r="3.5"/><circle cx="42" cy="32" r="3.5"/><circle cx="78" cy="32" r="3.5"/></g><g class="waves"><path d="M20 12c1-4 4-7 8-9M100 12c-1-4-4-7-8-9"/></g></svg>
<div class="who"><h3 id="line-{{line.number}}-title">{{name}}</h3><p class="muted">{{_("You are the telephone exchange in town.")}}</p>
<div class="live" sse-swap="line-{{line.number}}" hx-target="this" hx-swap="innerHTML" aria-live="polite">{{!drawn.parts["line-%d" % line.number]}}</div></div>
</div>
<form method="post" action="{{at}}/ring" hx-post="{{at}}/ring" class="ringing">
<input type="hidden" name="token" value="{{token}}">
<label for="from-{{line.number}}">{{_("Caller's number")}}</label><input id="from-{{line.number}}" name="from" inputmode="tel" maxlength="24" pattern="\+?[0-9*# ]*" autocomplete="off" value="5551234">
<label for="name-{{line.number}}">{{_("Caller's name")}}</label><input id="name-{{line.number}}" name="name" maxlength="30" autocomplete="off" value="{{_("Town Hall")}}">
<button class="go">{{_("Let it ring")}}</button>
</form>
<form method="post" action="{{at}}/hook" class="keys">
<input type="hidden" name="token" value="{{token}}">
<button hx-post="{{at}}/hook" name="do" value="stop" aria-label="{{_("Stop ringing {}").format(name)}}">{{_("Stop")}}</button>
<button hx-post="{{at}}/hook" name="do" value="answer" title="{{_("Answers a call that the box makes on this line")}}" aria-label="{{_("Answer on {}").format(name)}}">{{_("Answer")}}</button>
<button class="stop" hx-post="{{at}}/hook" name="do" value="hang-up" aria-label="{{_("Hang up {}").format(name)}}">{{_("Hang up")}}</button>
</form>
<div class="listening">
<button type="button" data-listen="{{at}}/ear" aria-pressed="false" hidden><svg aria-hidden="true"><use href="#i-ear"/></svg><span>{{_("Listen")}}</span></button>
<meter min="0" max="1" value="0" aria-label="{{_("Sound in the ear of {}").format(name)}}" hidden></meter>
<form method="post" action="{{at}}/tune" hx-post="{{at}}/tune"><input type="hidden" name="token" value="{{token}}"><button title="{{_("Plays a tune into the line")}}" aria-label="{{_("Play a tune into {}").format(name)}}"><svg aria-hidden="true"><use href="#i-tune"/></svg>{{_("Play a tune")}}</button></form>
<noscript><audio controls preload="none" src="{{at}}/ear.wav" aria-label="{{_("Ear of {}").format(name)}}"></audio></noscript>
</div>
<p class="result" id="line-{{line.number}}-result" role="alert"></p>
</article>
