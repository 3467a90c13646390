/**
 * Pages for people: plain HTML, no script, nothing loaded from elsewhere. The one image is the organization's logo.
 *
 * The content security policy has no `form-action` on purpose: browsers apply
 * it to the whole chain of redirects that follows a form, and that chain leads
 * to the provider and back to the client.
 *
 * @module
 */

import { randomSecret } from "../secrets/secrets.ts";
import type { Language } from "./language.ts";
import { type Html, markup } from "./markup.ts";

/**
 * Says to a proxy of ours that an answer is a page, and which policy it has.
 *
 * Supabase turns the pages of a GET into text, with a policy under which no form can be sent. A proxy before a
 * project makes a page of it again (`supabase/origin`). No answer of an MCP server has a header of this name.
 */
const PAGE_HEADER = "Gatepost-Page";

/** Whose page it is: the organization, as people know it. */
export interface PageOwner {
  name: string;
  /** An image of this origin. */
  logoUrl: string | undefined;
}

/** Builds the response that shows a page. */
export function showPage(
  language: Language,
  title: string,
  content: Html,
  init: { status?: number; headers?: Record<string, string>; owner?: PageOwner } = {},
): Response {
  const nonce = randomSecret(22);
  const images = init.owner?.logoUrl === undefined ? "" : "img-src 'self'; ";
  const policy =
    `default-src 'none'; ${images}style-src 'nonce-${nonce}'; base-uri 'none'; frame-ancestors 'none'`;
  const page = markup`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style nonce="${nonce}">${{ html: STYLE }}</style>
<style nonce="${nonce}">${{ html: STYLE_OF_PARTS }}</style>
</head>
<body>
<main>
${init.owner === undefined ? "" : showOwner(init.owner)}${content}
</main>
</body>
</html>
`;
  return new Response(page.html, {
    status: init.status ?? 200,
    headers: {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": policy,
      [PAGE_HEADER]: policy,
      "X-Frame-Options": "DENY",
      // Not no-referrer: the browser would not send the Origin by which the approval recognizes its own page.
      "Referrer-Policy": "same-origin",
      "Content-Language": language,
      "Cache-Control": "no-store",
      ...init.headers,
    },
  });
}

/** The name stands beside the logo, so the logo itself says nothing to a screen reader. */
function showOwner({ name, logoUrl }: PageOwner): Html {
  const logo = logoUrl === undefined ? "" : markup`<img src="${logoUrl}" alt="" height="40"> `;
  return markup`<p class="owner">${logo}<span>${name}</span></p>
`;
}

/** The page that is served elsewhere has the same (functions/oauth-authorize/hosted_consent_page.html). */
const STYLE = `
:root { color-scheme: light dark; --text: #1c2024; --soft: #60646c; --line: #d9d9e0; --ground: #f7f7f9; --card: #fff; --accent: #1a56c4; --on-accent: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --text: #edeef0; --soft: #b0b4ba; --line: #43484e; --ground: #111113; --card: #1b1c1f; --accent: #8db4ff; --on-accent: #10131a; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 30rem; margin: 8vh auto 2rem; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
h1 { font-size: 1.4rem; line-height: 1.3; margin: 0 0 1rem; overflow-wrap: anywhere; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
dl { margin: 0 0 1.5rem; border-top: 1px solid var(--line); }
dl > div { padding: .6rem 0; border-bottom: 1px solid var(--line); }
dt { color: var(--soft); font-size: .875rem; }
dd { margin: 0; overflow-wrap: anywhere; }
ul { margin: 0; padding: 0; list-style: none; }
a { color: var(--accent); }
small { color: var(--soft); }
.note { margin: 1rem 0 0; }
form { display: flex; flex-wrap: wrap; gap: .75rem; }
button { flex: 1 1 8rem; min-height: 2.75rem; padding: .6rem 1rem; border: 1px solid var(--line); border-radius: 8px; background: transparent; color: var(--text); font: inherit; cursor: pointer; }
button.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); font-weight: 600; }
button:focus-visible, a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
@media (max-width: 32rem) { main { margin: 0; min-height: 100vh; border: 0; border-radius: 0; padding: 1.5rem; } }
`;

/** What only the pages have that stand here: lists of sections, code to copy, the organization. */
const STYLE_OF_PARTS = `
h2 { font-size: 1.1rem; line-height: 1.3; margin: 0 0 .75rem; overflow-wrap: anywhere; }
section, details { margin: 0 0 1.5rem; padding: 0 0 1.5rem; border-bottom: 1px solid var(--line); }
section dl { margin: 0 0 1rem; }
.note + form { margin: 1.5rem 0 0; }
summary { cursor: pointer; margin: 0 0 .75rem; }
.owner { display: flex; align-items: center; gap: .75rem; color: var(--soft); }
.owner img { height: 2.5rem; max-width: 8rem; object-fit: contain; }
code { display: inline-block; padding: .2rem .4rem; border: 1px solid var(--line); border-radius: 6px; background: var(--ground); font-size: .875rem; overflow-wrap: anywhere; user-select: all; }
summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;
