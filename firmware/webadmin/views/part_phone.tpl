<p class="says" data-state="{{phone.state}}">{{phone.words}}</p>
<p class="hears">{{_("In the ear: {}").format(phone.hears) if phone.hears else ""}}</p>
