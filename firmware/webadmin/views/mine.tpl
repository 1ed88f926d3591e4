% rebase("base.tpl", title=_("My telephone"))
<h1>{{_("My telephone")}} <span class="number">{{visit.extension}}</span></h1>
% if errors or wrong:
<div class="alert bad" role="alert"><strong>{{_("Nothing was saved.")}}</strong> {{_("What you typed is still here.")}}</div>
% end
% if groups:
<form method="post" action="/mine" class="form card"><input type="hidden" name="token" value="{{visit.token}}">
% for group in groups:
% include("group.tpl", group=group)
% end
<div class="do"><button class="go">{{_("Save")}}</button></div></form>
% else:
<section class="card"><p>{{_("No telephone has the extension {} just now. Please ask who installed the box.").format(visit.extension)}}</p></section>
% end
