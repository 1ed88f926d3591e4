% if picture.lines:
% include("rows.tpl", rows=picture.lines)
% else:
<p class="empty">{{_("No lines: no adapter has told of any yet.") if picture.is_up else _("Not known while the gateway does not answer.")}}</p>
% end
