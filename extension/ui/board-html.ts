/** The page of the board. Its words come with the first message, and its script and style from files of ours only. */
import type * as vscode from 'vscode';

export function boardHtml(
  webview: vscode.Webview,
  script: vscode.Uri,
  style: vscode.Uri,
  lang: string,
): string {
  const source = webview.cspSource;
  return `<!DOCTYPE html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${source}; style-src ${source}">
<link rel="stylesheet" href="${webview.asWebviewUri(style)}">
</head>
<body class="empty">
<p id="nothing" data-text="nothing"></p>
<header>
<div class="map"><div id="band" role="img"></div><div id="marker" hidden></div></div>
<ul id="legend"></ul>
<label><span data-text="key"></span><input id="key" type="text" spellcheck="false"></label>
<output id="where" for="key"></output>
</header>
<main>
<div class="bar">
<h2 id="title" data-text="timeline"></h2>
<label><input id="gossip" type="checkbox"><span data-text="gossip"></span></label>
<label><input id="logs" type="checkbox"><span data-text="logs"></span></label>
<button id="clear" type="button" data-text="clear"></button>
</div>
<div id="scroller" tabindex="0" role="region" aria-labelledby="title">
<table><thead><tr id="head"></tr></thead><tbody id="rows"></tbody></table>
</div>
</main>
<script src="${webview.asWebviewUri(script)}"></script>
</body>
</html>`;
}
