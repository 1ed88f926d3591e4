% if not picture.is_up:
<div class="alert bad"><strong>{{_("The gateway does not answer.")}}</strong> {{_("Calls cannot be made just now. It is started again by itself; this page keeps trying and goes on as soon as it is back.")}}</div>
% end
% for message in picture.health:
<div class="alert {{message.tone}}"><strong>{{message.part}}:</strong> {{message.text}}</div>
% end
% if scene.note:
<div class="alert warn">{{scene.note}}</div>
% end
