<p class="says">{{line.words}}</p>
<p class="hears">{{"In the ear: " + line.hears if line.hears else ""}}</p>
