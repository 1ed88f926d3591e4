% rebase("base.tpl", title=steps[index][1])
<nav class="steps-nav" aria-label="{{_("Steps")}}"><ol class="steps small-steps">
% for number, (name, label) in enumerate(steps):
% state = "next" if number == index else "done" if number < index else "later"
<li class="{{state}}"{{!' aria-current="step"' if number == index else ""}}>
%   if number < index:
<a href="/wizard/{{name}}">{{label}}</a>
%   else:
<span>{{label}}</span>
%   end
</li>
% end
</ol></nav>
<section class="card wizard"><p class="muted">{{_("Step {} of {}").format(index + 1, len(steps))}}</p>
<form method="post" action="/wizard/{{step}}" class="form"><input type="hidden" name="token" value="{{visit.token}}">
% if errors:
<div class="alert bad" role="alert"><strong>{{_("Nothing was saved.")}}</strong><ul class="list">
%   for path, text in errors.items():
<li>{{path + ": " if path else ""}}{{text}}</li>
%   end
</ul></div>
% end
% if step == "country":
<h1>{{_("Where does the box stand?")}}</h1>
<p>{{_("Tones, ringing and the caller's number then are as telephones there expect them.")}}</p>
<fieldset class="choices"><legend class="hide">{{_("Country")}}</legend>
%   for code, name in countries:
<label class="check"><input type="radio" name="country" value="{{code}}"{{!" checked" if code == country else ""}}> <span>{{name}}</span></label>
%   end
</fieldset>
% elif step == "telephones":
<h1>{{_("Who is where?")}}</h1>
<p>{{_("Plug telephones into the sockets and name them by their rooms. With the extension they call each other.")}}</p>
% elif step == "uplink":
<h1>{{_("An account outside")}}</h1>
<p>{{_("With an account of a SIP provider the telephones reach the world. It is tried before it is saved. Without one, go on: the telephones call each other all the same.")}}</p>
% elif step == "outside-line":
<h1>{{_("A telephone line from the wall")}}</h1>
<p>{{_("If a telephone line is plugged into the box: where shall its calls go?")}}</p>
% elif step == "emergency":
<h1>{{_("In an emergency")}}</h1>
<p>{{_("These numbers always go out, before every other rule and whatever is blocked:")}}</p>
<p class="numbers">
%   for number in emergency:
<strong class="number">{{number}}</strong>
%   end
</p>
%   if ways:
<p>{{_("Ways out of this box, in order:")}} {{", ".join(ways)}}.</p>
<p class="alert warn">{{_("An account tells the rescuers the address that the provider knows. Is it this house? Without power or network nothing goes out but a line from the wall.")}}</p>
%   else:
<p class="alert bad">{{_("No way out is set up: nobody can call for help with these telephones. Keep another telephone at hand.")}}</p>
%   end
% else:
<h1>{{_("Everything is set up")}}</h1>
<p>{{_("Lift a telephone and dial *43: the echo test tells you what you say. All of it can be changed in the settings.")}}</p>
% end
% if trial and not trial.is_known:
<p class="alert warn" role="status">{{_("This box cannot try accounts yet. It can be saved untried; the overview then shows whether it registers.")}}</p>
% elif trial:
<div role="status"><h2>{{_("It does not work yet")}}</h2><ol class="rows trial">
%   for tried in trial.steps:
<li><span class="dot {{tried.tone}}" aria-hidden="true"></span><div><p class="row-head"><strong>{{tried.label}}</strong></p><p class="row-words {{tried.tone}}">{{tried.text}}</p>
%     if tried.hint:
<p class="muted">{{tried.hint}}</p>
%     end
</div></li>
%   end
</ol></div>
% end
% if providers:
<fieldset class="choices"><legend>{{_("Whose account is it?")}}</legend>
%   for number, (key, name, about) in enumerate(providers):
<label class="check"><input type="radio" name="provider" value="{{key}}"{{!" checked" if not number else ""}}> <span>{{name}}<br><small class="muted">{{about}}</small></span></label>
%   end
</fieldset>
% elif step == "uplink" and provider:
<input type="hidden" name="provider" value="{{provider.key}}">
<p><strong>{{_(provider.name)}}</strong> · <a href="/wizard/uplink?provider=choose">{{_("Another provider")}}</a></p>
% end
% for group in groups:
% include("group.tpl", group=group)
% end
<div class="do">
% if providers:
<button class="go" name="do" value="choose">{{_("Go on")}}</button>
<button name="do" value="skip" formnovalidate>{{_("Go on without")}}</button>
% elif step == "uplink":
<button class="go" name="do" value="try">{{_("Try again") if trial else _("Try it, and save")}}</button>
%   if trial:
<button name="do" value="save">{{_("Save it all the same")}}</button>
%   end
<button name="do" value="skip" formnovalidate>{{_("Go on without")}}</button>
% else:
<button class="go" name="do" value="save">{{_("To the overview") if step == "done" else _("Go on")}}</button>
% end
% if before:
<a class="button" href="/wizard/{{before}}">{{_("Back")}}</a>
% end
</div></form>
% if step != "done":
<p class="muted">{{_("You can leave at any time; the overview leads back here.")}}</p>
% end
</section>
