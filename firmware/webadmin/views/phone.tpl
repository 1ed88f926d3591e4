% name, at = _("Telephone {}").format(phone.number), "/simulator/phone/%d" % phone.number
<article class="card phone" id="phone-{{phone.number}}" hx-target="#phone-{{phone.number}}-result" hx-swap="textContent" aria-labelledby="phone-{{phone.number}}-title">
<div class="face">
<svg class="set" viewBox="0 0 120 96" aria-hidden="true"><g class="base"><path class="body" d="M34 44h52c5 0 8 3 10 8l10 28c2 6-1 10-7 10H21c-6 0-9-4-7-10l10-28c2-5 5-8 10-8z"/><circle class="dial" cx="60" cy="67" r="15"/><g class="holes"><circle cx="60" cy="57.5" r="2"/><circle cx="67" cy="60.5" r="2"/><circle cx="69.5" cy="67" r="2"/><circle cx="67" cy="73.5" r="2"/><circle cx="60" cy="76.5" r="2"/><circle cx="53" cy="73.5" r="2"/><circle cx="50.5" cy="67" r="2"/><circle cx="53" cy="60.5" r="2"/></g><path class="cradle" d="M40 44v-8M80 44v-8"/></g><g class="handset"><path d="M12 34c0-9 20-22 48-22s48 13 48 22c0 4-1 7-5 7H88c-4 0-6-3-6-7v-2c0-3-9-5-22-5s-22 2-22 5v2c0 4-2 7-6 7H17c-4 0-5-3-5-7z"/></g><g class="waves"><path d="M8 20c2-6 6-10 12-13M112 20c-2-6-6-10-12-13"/></g></svg>
<div class="who"><h3 id="phone-{{phone.number}}-title">{{name}}
% if phone.extension:
 <span class="number" title="{{_("Extension")}}">{{phone.extension}}</span>
% end
</h3>
% if phone.name:
<p class="muted">{{phone.name}}</p>
% end
<div class="live" sse-swap="phone-{{phone.number}}" hx-target="this" hx-swap="innerHTML" aria-live="polite">{{!drawn.parts["phone-%d" % phone.number]}}</div></div>
</div>
<form method="post" action="{{at}}/hook" class="keys">
<input type="hidden" name="token" value="{{token}}">
<button class="go" hx-post="{{at}}/hook" name="do" value="lift" aria-label="{{_("Lift {}").format(name)}}">{{_("Lift")}}</button>
<button class="stop" hx-post="{{at}}/hook" name="do" value="hang-up" aria-label="{{_("Hang up {}").format(name)}}">{{_("Hang up")}}</button>
<button hx-post="{{at}}/hook" name="do" value="flash" title="{{_("Hook flash (R): holds the call and gives a second dial tone")}}" aria-label="{{_("Flash {}").format(name)}}">{{_("Flash")}}</button>
</form>
<form method="post" action="{{at}}/dial" class="pad" id="pad-{{phone.number}}" hx-sync="this:queue all" aria-label="{{_("Keys of {}").format(name)}}">
<input type="hidden" name="token" value="{{token}}">
% for key in "123456789*0#":
<button hx-post="{{at}}/dial" name="digits" value="{{key}}" aria-label="{{ {'*': _('star'), '#': _('hash')}.get(key, key) }}">{{key}}</button>
% end
</form>
<form method="post" action="{{at}}/dial" hx-post="{{at}}/dial" hx-sync="#pad-{{phone.number}}:queue all" class="dialling">
<input type="hidden" name="token" value="{{token}}">
<label for="digits-{{phone.number}}">{{_("Number")}}</label>
<input id="digits-{{phone.number}}" name="digits" inputmode="tel" maxlength="32" pattern="[0-9*#A-Da-d ]+" required autocomplete="off" placeholder="{{_("such as *43")}}">
<label class="how"><span class="hide">{{_("How to dial")}}</span><select name="how"><option value="tone">{{_("tones")}}</option><option value="pulse">{{_("pulses")}}</option></select></label>
<button>{{_("Dial")}}</button>
</form>
<div class="listening">
<button type="button" data-listen="{{at}}/ear" aria-pressed="false" hidden><svg aria-hidden="true"><use href="#i-ear"/></svg><span>{{_("Listen")}}</span></button>
<meter min="0" max="1" value="0" aria-label="{{_("Sound in the ear of {}").format(name)}}" hidden></meter>
<form method="post" action="{{at}}/tune" hx-post="{{at}}/tune"><input type="hidden" name="token" value="{{token}}"><button title="{{_("Plays a tune into the handset")}}" aria-label="{{_("Play a tune into {}").format(name)}}"><svg aria-hidden="true"><use href="#i-tune"/></svg>{{_("Play a tune")}}</button></form>
<noscript><audio controls preload="none" src="{{at}}/ear.wav" aria-label="{{_("Ear of {}").format(name)}}"></audio></noscript>
</div>
<p class="result" id="phone-{{phone.number}}-result" role="alert"></p>
</article>
