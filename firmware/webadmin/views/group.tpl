% if group.label:
<fieldset><legend>{{group.label}}</legend>
% if group.help:
<p class="muted">{{group.help}}</p>
% end
% end
% for field in group.fields:
% include("field.tpl", field=field)
% end
% if group.label:
</fieldset>
% end
