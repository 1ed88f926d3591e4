<!DOCTYPE html>
<html lang="{{language}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{title}}{{"" if title == "Twinline" else " · Twinline"}}</title>
<link rel="icon" href="/static/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/page.css">
% if defined("script"):
<script type="module" src="/static/{{script}}"></script>
% end
% if defined("scripts") or get("asks"):
<meta name="htmx-config" content='{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,"selfRequestsOnly":true,"historyEnabled":false,"responseHandling":[{"code":"{{".*" if defined("scripts") else "200"}}","swap":true},{"code":".*","swap":false}]}'>
<script defer src="/static/vendor/htmx.min.js"></script>
% end
% if defined("scripts"):
<script defer src="/static/vendor/sse.min.js"></script>
<script type="module" src="/static/live.js"></script>
% end
</head>
<body{{!' hx-ext="sse" sse-connect="/live?%s"' % drawn.query if defined("scripts") else ""}}>
<a class="skip" href="#main">{{_("Skip to the content")}}</a>
<header class="top">
<a class="brand" href="/"><svg class="mark" viewBox="0 0 40 24" aria-hidden="true"><path d="M2 6c9 0 9 12 18 12S29 6 38 6"/><path d="M2 18c9 0 9-12 18-12s9 12 18 12"/></svg>Twinline</a>
{{!top if defined("top") else ""}}
% if visit and visit.session:
% include("nav.tpl")
% end
</header>
<main id="main" tabindex="-1">
% if visit and visit.session:
%   for tone, words in visit.session.take_notices():
<p class="alert {{tone}}" role="status">{{words}}</p>
%   end
% end
{{!base}}
</main>
<footer class="end">
% if visit and visit.token:
<form method="post" action="/language" class="languages" aria-label="{{_("Language")}}"><input type="hidden" name="token" value="{{visit.token}}"><input type="hidden" name="next" value="{{visit.path}}">
%   for code, name in LANGUAGES.items():
<button name="language" value="{{code}}" lang="{{code}}"{{!' aria-current="true"' if code == language else ""}}>{{name}}</button>
%   end
</form>
% end
</footer>
</body>
</html>
