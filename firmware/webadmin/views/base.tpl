<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{title}}</title>
<link rel="icon" href="/static/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/page.css">
% if defined("scripts"):
<script type="module" src="/static/live.js"></script>
% end
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/"><svg class="mark" viewBox="0 0 40 24" aria-hidden="true"><path d="M2 6c9 0 9 12 18 12S29 6 38 6"/><path d="M2 18c9 0 9-12 18-12s9 12 18 12"/></svg>Twinline</a>
{{!top if defined("top") else ""}}
</header>
<main id="main">
{{!base}}
</main>
</body>
</html>
