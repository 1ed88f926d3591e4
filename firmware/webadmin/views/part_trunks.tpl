% if picture.trunks:
% include("rows.tpl", rows=picture.trunks)
% elif picture.is_up:
<p class="empty">{{_("No outside account is set up yet. The telephones can call each other without one.")}}</p>
% else:
<p class="empty">{{_("Not known while the gateway does not answer.")}}</p>
% end
