/**
 * The page that a person sees who opens a server's URL in a browser: what it is, and how an app is connected to it.
 *
 * It comes with the challenge and its status, 401, where the server has a sign-in:
 * whatever sent the request, a client that wants to log in learns how. Browsers
 * show the page all the same, because the challenge names no scheme of theirs.
 *
 * @module
 */

import { forClaudeCode, forCodex, forCursor, forVsCode } from "../_shared/client/setup_commands.ts";
import { toChallengeHeaders } from "../_shared/http/bearer.ts";
import type { McpServer } from "../_shared/database/rows.ts";
import { chooseLanguage, LANGUAGES, say, sayPlainly } from "../_shared/http/language.ts";
import { type Html, markup } from "../_shared/http/markup.ts";
import { showPage } from "../_shared/http/page.ts";
import { buildLogoUrl, buildResource, buildServerUrls } from "../_shared/urls.ts";

/** Shows the page. `challenge` says where to log in; undefined for a server without a sign-in. */
export function showAddressPage(
  server: McpServer,
  request: Request,
  publicUrl: string,
  challenge: Record<string, string> | undefined,
): Response {
  const language = chooseLanguage(request);
  const texts = LANGUAGES[language].gateway;
  const url = buildResource(server, publicUrl);
  const owner = { name: server.organization_name, logoUrl: buildLogoUrl(server, publicUrl) };
  const strong = { organization: markup`<strong>${server.organization_name}</strong>` };
  return showPage(
    language,
    sayPlainly(texts.title, { server: server.name }),
    markup`<h1>${sayPlainly(texts.heading, { server: server.name })}</h1>
<p>${say(texts.explanation, strong)}</p>
<dl>
${listTerm(texts.address, copyable(url))}
${listTerm("Claude", markup`${texts.inClaude}`)}
${listTerm("ChatGPT", markup`${texts.inChatGpt}`)}
${listTerm("Cursor", markup`${texts.inCursor}<br>${copyable(forCursor(server.slug, url))}`)}
${listTerm("VS Code", markup`${texts.inVsCode}<br>${copyable(forVsCode(server.slug, url))}`)}
${listTerm("Codex", markup`${texts.inCodex}<br>${copyable(forCodex(server.slug, url))}`)}
${
      listTerm(
        "Claude Code",
        markup`${texts.inClaudeCode}<br>${copyable(forClaudeCode(server.slug, url))}`,
      )
    }
</dl>${
      challenge === undefined ? "" : markup`
<p><a href="${buildServerUrls(publicUrl, server.slug).connections}">${texts.allowed}</a></p>`
    }`,
    challenge === undefined
      ? { owner, headers: { Vary: "Accept" } }
      : { owner, status: 401, headers: { Vary: "Accept", ...toChallengeHeaders(challenge) } },
  );
}

function listTerm(term: string, description: Html): Html {
  return markup`<div><dt>${term}</dt><dd>${description}</dd></div>`;
}

/** A text that one click selects as a whole. */
function copyable(text: string): Html {
  return markup`<code>${text}</code>`;
}
