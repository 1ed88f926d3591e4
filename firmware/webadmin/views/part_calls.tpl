% if picture.calls:
% include("rows.tpl", rows=picture.calls)
% else:
<p class="empty">{{_("Nobody is calling just now.") if picture.is_up else _("Not known while the gateway does not answer.")}}</p>
% end
% if picture.channels:
<p class="muted foot">{{picture.channels}}</p>
% end
