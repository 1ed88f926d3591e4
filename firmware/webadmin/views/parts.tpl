<div hx-swap-oob="innerHTML:#note">{{note}}</div>
% for name, part in parts.items():
<div hx-swap-oob="innerHTML:[sse-swap='{{name}}']">{{!part}}</div>
% end
