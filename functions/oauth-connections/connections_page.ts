/**
 * The page of what a person has allowed: plain HTML forms, no script.
 *
 * @module
 */

import type { McpServer } from "../_shared/database/rows.ts";
import { type Language, LANGUAGES, say, sayPlainly } from "../_shared/http/language.ts";
import { type Html, markup } from "../_shared/http/markup.ts";
import { type PageOwner, showPage } from "../_shared/http/page.ts";
import { describeScopes, listMeanings } from "../_shared/http/scope_meanings.ts";
import { type Connection, listHosts, nameApp, type OwnConnections } from "./connections.ts";

/** Shows how to log in. */
export function showLogin(
  { name }: McpServer,
  isInterrupted: boolean,
  language: Language,
  owner: PageOwner,
): Response {
  const texts = LANGUAGES[language].connections;
  return showPage(
    language,
    texts.title,
    markup`<h1>${sayPlainly(texts.headingOfServer, { server: name })}</h1>
${isInterrupted ? markup`<p role="alert"><strong>${texts.interrupted}</strong></p>` : ""}
<p>${texts.explanation} ${sayPlainly(texts.logInHint, { server: name })}</p>
${button("log_in", texts.logIn, { isPrimary: true })}`,
    { owner },
  );
}

/** Shows what is connected. */
export function showList(
  { email, organizationName, connections }: OwnConnections,
  language: Language,
  owner: PageOwner,
): Response {
  const texts = LANGUAGES[language].connections;
  const heading = sayPlainly(texts.heading, { organization: organizationName });
  return showPage(
    language,
    texts.title,
    markup`<h1>${heading}</h1>
<p>${
      email === null
        ? texts.loggedIn
        : say(texts.loggedInAs, { person: markup`<strong>${email}</strong>` })
    }</p>
${
      connections.length === 0
        ? markup`<p>${texts.nothing}</p>`
        : connections.map((connection) => showConnection(connection, language))
    }
${
      connections.length < 2 ? "" : markup`<details>
<summary>${texts.disconnectAll}</summary>
<p>${texts.disconnectAllHint}</p>
${button("disconnect_all", texts.disconnectAll)}
</details>`
    }
${
      connections.length === 0
        ? ""
        : markup`<p class="note"><small>${texts.soon} ${texts.unverified}</small></p>`
    }
${button("log_out", texts.logOut)}`,
    { owner },
  );
}

function showConnection(connection: Connection, language: Language): Html {
  const all = LANGUAGES[language];
  const texts = all.connections;
  const name = nameApp(connection) ?? all.apps.unnamed;
  const hosts = listHosts(connection, language).map((host) => markup`<li><strong>${host}</strong></li>`);
  const scopes = describeScopes(connection.scopes, language, connection.scope_descriptions);
  return markup`<section>
<h2>${name}</h2>
<dl>
${
    listTerm(
      connection.kind === "metadata_document" ? texts.describedAt : texts.place,
      markup`<ul>${hosts}</ul>`,
    )
  }
${listTerm(texts.server, markup`${connection.server_name}`)}
${listTerm(texts.mayDo, listMeanings(scopes, all))}
${listTerm(texts.since, showDay(connection.first_used_at, language))}
${listTerm(texts.lastUsed, showDay(connection.last_used_at, language))}
</dl>
${
    button("disconnect", texts.disconnect, {
      label: sayPlainly(texts.disconnectApp, { app: name }),
      connection: connection.id,
    })
  }
</section>`;
}

function listTerm(term: string, description: Html): Html {
  return markup`<div><dt>${term}</dt><dd>${description}</dd></div>`;
}

/** A day, in the reader's language. It is that of UTC: a page without script does not know where its reader is. */
function showDay(time: string, language: Language): Html {
  const day = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" }).format(
    new Date(time),
  );
  return markup`<time datetime="${time}">${day}</time>`;
}

/** A form of one button, which posts to the page. `label` is read out where the button's text alone does not say enough. */
function button(
  action: string,
  text: string,
  { isPrimary = false, label, connection }: { isPrimary?: boolean; label?: string; connection?: string } = {},
): Html {
  return markup`<form method="post">
${connection === undefined ? "" : markup`<input type="hidden" name="connection" value="${connection}">`}
<button${isPrimary ? markup` class="primary"` : ""} name="action" value="${action}"${
    label === undefined ? "" : markup` aria-label="${label}"`
  }>${text}</button>
</form>`;
}
