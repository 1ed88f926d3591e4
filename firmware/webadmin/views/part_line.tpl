<p class="says" data-state="{{line.state}}">{{line.words}}</p>
<p class="hears">{{_("In the ear: {}").format(line.hears) if line.hears else ""}}</p>
