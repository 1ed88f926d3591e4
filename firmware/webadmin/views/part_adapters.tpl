% if picture.adapters:
% include("rows.tpl", rows=picture.adapters)
% else:
<p class="empty">{{_("No adapter is plugged in. Plug the Twinline adapter into a USB socket.") if picture.is_up else _("Not known while the gateway does not answer.")}}</p>
% end
