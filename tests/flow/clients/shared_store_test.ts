/**
 * Clients whose threads or processes share one store of tokens, in the order in which others saw them refresh.
 *
 * Access tokens of a client expire once for all its threads, so its threads
 * refresh at once, and some with a copy that is old by then.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { decodeJwt } from "jose";
import {
  callTool,
  connect,
  type LoggedInClient,
  postForm,
  refreshForm,
  type Tokens,
} from "../../support/client/mcp_client.ts";
import { assertRefused } from "../../support/client/refusals.ts";
import { useStack } from "../../support/stack/stack.ts";

const stack = await useStack("own");

/** Refreshes with one token, some at the same time; tokens are numbered as they were first given. */
interface Refresh {
  presents: number;
  atOnce?: number;
  gets: number;
}

/** In which order a client refreshes; here all within a second or two. */
interface Sequence {
  what: string;
  /** The reports, some with the day on which they were written. */
  sources: string[];
  refreshes: Refresh[];
}

const sequences: Sequence[] = [
  {
    what: "two threads, of which one refreshes twice while the other holds its old copy",
    sources: [
      "danny-avila/LibreChat#14583 (2026-08-01)",
      "anthropics/claude-code#65036",
      "anthropics/claude-code#82513",
    ],
    refreshes: [
      { presents: 0, gets: 1 },
      { presents: 0, gets: 1 },
      { presents: 1, gets: 2 },
      { presents: 0, gets: 2 },
    ],
  },
  {
    what: "a ping, a tool call and two attempts to reconnect, each with the token that it has read",
    sources: ["danny-avila/LibreChat#14583 (2026-08-01)"],
    refreshes: [{ presents: 0, atOnce: 4, gets: 1 }, { presents: 1, gets: 2 }],
  },
  {
    what: "five processes that are started together with one keychain entry",
    sources: ["anthropics/claude-code#84440 (2026-08-06)", "anthropics/claude-code#74250 (2026-07-04)"],
    refreshes: [{ presents: 0, atOnce: 5, gets: 1 }],
  },
  {
    what: "an instance whose token is several generations old, because others have rotated it",
    sources: ["openai/codex#17265, comment of 2026-05-05", "exceptionless/Exceptionless#2404 (2026-07-27)"],
    refreshes: [
      { presents: 0, gets: 1 },
      { presents: 1, gets: 2 },
      { presents: 2, gets: 3 },
      { presents: 0, gets: 3 },
      { presents: 1, atOnce: 2, gets: 3 },
    ],
  },
];

for (const { what, sources, refreshes } of sequences) {
  Deno.test(`stays logged in: ${what} (${sources.join(", ")})`, async () => {
    const client = await connect(stack.status.MCP_URL, { userName: "ada" });
    const given = [client.tokens.refresh_token];

    for (const { presents, atOnce = 1, gets } of refreshes) {
      const answers = await Promise.all(
        Array.from({ length: atOnce }, () => refresh(client, given[presents]!)),
      );

      for (const { refresh_token, access_token } of answers) {
        given[gets] ??= refresh_token;
        assertEquals(given.indexOf(refresh_token), gets);
        await callTool(stack.status.MCP_URL, access_token, "whoami");
      }
    }

    const { refresh_token } = await refresh(client, given.at(-1)!);
    assertEquals([new Set(given).size, given.includes(refresh_token)], [given.length, false]);
    assertEquals(await readRevocation(client), null);
  });
}

/** Logged on 2026-09-11: openai/codex#46028, comment of 2026-09-18. */
Deno.test("five refreshes within a second stay logged in; a sixth with the same old token, minutes later, ends the login", async () => {
  const client = await connect(stack.status.MCP_URL, { userName: "ada" });
  const old = client.tokens.refresh_token;
  const answers = await Promise.all(Array.from({ length: 5 }, () => refresh(client, old)));
  assertEquals(new Set(answers.map(({ refresh_token }) => refresh_token)).size, 1);
  await stack.sql`
    update public.mcp_proxy_tokens set rotated_at = rotated_at - interval '7 minutes 45 seconds'
    where id = ${familyOf(client)}`;

  await assertRefused(await presentToken(client, old), 400, "invalid_grant");

  assertEquals(await readRevocation(client), "refresh_token_reused");
});

function presentToken(client: LoggedInClient, refreshToken: string): Promise<Response> {
  return postForm(client.discovery.token_endpoint, refreshForm(client, refreshToken));
}

async function refresh(client: LoggedInClient, refreshToken: string): Promise<Tokens> {
  const response = await presentToken(client, refreshToken);
  assertEquals(response.status, 200);
  return await response.json();
}

function familyOf({ tokens }: LoggedInClient): string {
  return String(decodeJwt(tokens.access_token)["sid"]);
}

async function readRevocation(client: LoggedInClient): Promise<unknown> {
  const [family] = await stack.sql`
    select revoked_reason from public.mcp_proxy_tokens where id = ${familyOf(client)}`;
  return family?.["revoked_reason"];
}
