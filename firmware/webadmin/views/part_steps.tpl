% if scene.first_call.steps:
<ol class="steps">
% for index, step in enumerate(scene.first_call.steps, start=1):
% state = "next" if index == scene.first_call.next_step else "done" if index < scene.first_call.next_step else "later"
<li class="{{state}}"{{!' aria-current="step"' if state == "next" else ""}}><span>{{step}}</span></li>
% end
</ol>
% else:
<p class="muted">{{_("These telephones exist only in this page. They ring, dial and speak like real ones. Lift one and dial *43 for the echo test.")}}</p>
% end
