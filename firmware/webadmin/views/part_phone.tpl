<p class="says">{{phone.words}}</p>
<p class="hears">{{"In the ear: " + phone.hears if phone.hears else ""}}</p>
