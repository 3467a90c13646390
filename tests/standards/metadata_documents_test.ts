/**
 * Client id metadata documents at the authorization endpoint: whose are taken, from where, and what is told.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { McpServer } from "../../functions/_shared/database/rows.ts";
import type { McpClient } from "../../functions/oauth-authorize/proven_client.ts";
import { buildSafeFetch } from "../../functions/_shared/http/safe_fetch.ts";
import { buildAuthorizationEndpoint } from "../../functions/oauth-authorize/handler.ts";
import { buildDiscoveryEndpoint } from "../../functions/oauth/handler.ts";
import { assertErrorPage, readPage } from "../support/client/answers.ts";
import { buildDependencies, NOW } from "../support/functions/dependencies.ts";
import { buildClient, buildServer } from "../support/database/records.ts";
import { authorizeRequest } from "../support/client/requests.ts";

const CLIENT_ID = "https://claude.ai/oauth/mcp-oauth-client-metadata";
const REDIRECT_URI = "https://claude.ai/api/mcp/auth_callback";
const document = { client_id: CLIENT_ID, client_name: "Claude", redirect_uris: [REDIRECT_URI] };
const OUT_OF_REACH = "Cannot log in now: the description of the app is out of reach";

Deno.test("a client with a document is asked for by the hosts of its document and its redirect URI", async () => {
  const { ask } = build({ metadata_document_policy: "open" });

  const page = await readPage(await ask());

  assertEquals([page.status, page.title], [200, "Connect to Demo server"]);
  assertStringIncludes(page.text, "App, as it calls itself (not verified) Claude Described at claude.ai");
  assertStringIncludes(page.text, "Sends you back to claude.ai");
});

for (const clientId of [CLIENT_ID, "https://chatgpt.com/oauth/client.json"]) {
  Deno.test(`the list that a new server begins with takes ${clientId}`, async () => {
    const { ask } = build(
      { metadata_document_policy: "allow_list", metadata_document_hosts: ["claude.ai", "chatgpt.com"] },
      () => Response.json({ ...document, client_id: clientId }),
    );

    const response = await ask({ client_id: clientId });

    assertEquals(response.status, 200);
    await response.body?.cancel();
  });
}

for (
  const [policy, server] of [
    ["off", { metadata_document_policy: "off", metadata_document_hosts: ["claude.ai"] }],
    ["an allow list of others", {
      metadata_document_policy: "allow_list",
      metadata_document_hosts: ["claude.ai.evil.example", "ai"],
    }],
  ] as const
) {
  Deno.test(`under the policy ${policy} no document is fetched`, async () => {
    const { ask, fetched } = build({
      ...server,
      metadata_document_hosts: [...server.metadata_document_hosts],
    });

    const response = await ask();

    await assertErrorPage(
      response,
      401,
      "Cannot log in: the app is known by a URL, and the server takes no apps that are described there",
    );
    assertEquals(fetched, []);
  });
}

for (const policy of ["off", "allow_list", "open"] as const) {
  Deno.test(`the metadata of a server with the policy ${policy} says whether documents are taken`, async () => {
    const server = buildServer({ metadata_document_policy: policy });
    const dependencies = buildDependencies({ find_mcp_server: { outcome: "found", server } });

    const response = await buildDiscoveryEndpoint(dependencies)(
      new Request("http://edge/oauth/demo/.well-known/oauth-authorization-server"),
    );

    const metadata = await response.json();
    assertEquals(metadata.client_id_metadata_document_supported, policy !== "off");
    assertEquals(metadata.token_endpoint_auth_methods_supported.includes("none"), true);
  });
}

for (
  const address of [
    "127.0.0.1",
    "10.1.2.3",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "::1",
    "fd00::1",
    "fe80::1",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
  ]
) {
  Deno.test(`a document whose host resolves to ${address} is not fetched`, async () => {
    const { ask, fetched } = build({ metadata_document_policy: "open" }, undefined, [address]);

    const response = await ask();

    await assertErrorPage(
      response,
      401,
      "Cannot log in: the app is known by a URL, and its address may not be used",
    );
    assertEquals(fetched, []);
  });

  const host = address.includes(":") ? `[${address}]` : address;
  for (const member of ["logo_uri", "jwks_uri", "client_uri"]) {
    Deno.test(`a document whose ${member} leads to ${address} is refused`, async () => {
      const { ask } = build(
        { metadata_document_policy: "open" },
        () => Response.json({ ...document, [member]: `https://${host}/x` }),
      );

      await assertErrorPage(
        await ask(),
        401,
        `Cannot log in: the app is known by a URL, and its ${member} leads to an address that is not public`,
      );
    });
  }
}

for (const host of ["0x7f.1", "2130706433", "0177.0.0.1", "localhost", "a.localhost"]) {
  Deno.test(`a document whose logo_uri leads to ${host} is refused`, async () => {
    const { ask } = build(
      { metadata_document_policy: "open" },
      () => Response.json({ ...document, logo_uri: `https://${host}/x` }),
    );

    assertEquals((await ask()).status, 401);
  });
}

Deno.test("a document that names keys and a logo at public hosts is taken, and neither is fetched", async () => {
  const { ask, fetched } = build(
    { metadata_document_policy: "open" },
    () =>
      Response.json({
        ...document,
        logo_uri: "https://claude.ai/logo.png",
        jwks_uri: "https://claude.ai/jwks",
      }),
  );

  const page = await readPage(await ask());

  assertEquals(page.status, 200);
  assertEquals(fetched, [CLIENT_ID]);
  assertEquals(page.html.includes("logo.png"), false);
});

for (
  const [what, answer] of [
    ["redirects", () => Response.redirect("https://claude.ai/elsewhere")],
    ["does not answer", () => Promise.reject(new TypeError("connection refused"))],
    ["answers 503", () => new Response(null, { status: 503 })],
  ] as [string, () => Response | Promise<Response>][]
) {
  Deno.test(`where a document's host ${what} the login fails for the moment`, async () => {
    const { ask, fetched } = build({ metadata_document_policy: "open" }, answer);

    const response = await ask();

    assertEquals(response.headers.get("Retry-After"), "5");
    await assertErrorPage(response, 503, OUT_OF_REACH);
    assertEquals(fetched, [CLIENT_ID]);
  });

  Deno.test(`where a document's host ${what} what an earlier login stored of it stands in`, async () => {
    const stored = buildClient({
      client_id: CLIENT_ID,
      kind: "metadata_document",
      client_name: "Claude, earlier",
      redirect_uris: [REDIRECT_URI],
    });
    const { ask } = build({ metadata_document_policy: "open" }, answer, undefined, stored);

    const page = await readPage(await ask());

    assertEquals(page.status, 200);
    assertStringIncludes(page.text, "Connect Claude, earlier to Demo server?");
  });
}

Deno.test("a document that has changed is not outvoted by what was stored of it", async () => {
  const stored = buildClient({
    client_id: CLIENT_ID,
    kind: "metadata_document",
    redirect_uris: ["https://old.example.com/callback"],
  });
  const { ask } = build({ metadata_document_policy: "open" }, undefined, undefined, stored);

  const response = await ask({ redirect_uri: "https://old.example.com/callback" });

  await assertErrorPage(
    response,
    400,
    "Cannot log in: the app did not register the address to return to",
  );
});

Deno.test("a document that was withdrawn is refused, whatever was stored of it", async () => {
  const stored = buildClient({
    client_id: CLIENT_ID,
    kind: "metadata_document",
    redirect_uris: [REDIRECT_URI],
  });
  const gone = (): Response => new Response(null, { status: 404 });
  const { ask } = build({ metadata_document_policy: "open" }, gone, undefined, stored);

  await assertErrorPage(
    await ask(),
    401,
    "Cannot log in: the app is known by a URL, and its description was not found",
  );
});

Deno.test("a document is asked for once while its headers allow, by everybody's requests", async () => {
  const { ask, fetched, clock } = build(
    { metadata_document_policy: "open" },
    () => Response.json(document, { headers: { "Cache-Control": "public, max-age=300" } }),
  );

  await Promise.all(
    [await ask(), await ask({ state: "another" })].map((response) => response.body?.cancel()),
  );
  assertEquals(fetched.length, 1);
  clock.time += 300_000;
  await (await ask()).body?.cancel();

  assertEquals(fetched.length, 2);
});

Deno.test("a login with a document is never silent: its client is told once somebody has logged in with it", async () => {
  const stored = buildClient({
    client_id: CLIENT_ID,
    kind: "metadata_document",
    redirect_uris: [REDIRECT_URI],
  });
  const newcomer = build({ metadata_document_policy: "open" });
  const known = build({ metadata_document_policy: "open" }, undefined, undefined, stored);

  const [shown, redirected] = [await newcomer.ask({ prompt: "none" }), await known.ask({ prompt: "none" })];

  await assertErrorPage(shown, 400, "Cannot authorize without asking: every login needs an approval");
  const location = new URL(redirected.headers.get("Location")!);
  assertEquals(location.searchParams.get("error"), "consent_required");
});

interface Built {
  ask: (changes?: Record<string, string>) => Promise<Response>;
  fetched: string[];
  clock: { time: number };
}

/** The endpoint over a network that holds one document, through the real rules of fetching. */
function build(
  changes: Partial<McpServer>,
  answer: () => Response | Promise<Response> = () => Response.json(document),
  addresses: string[] = ["160.79.104.10"],
  client?: McpClient,
): Built {
  const fetched: string[] = [];
  const clock = { time: NOW };
  const server = buildServer(changes);
  const beginning = { server, provider_name: "Example login", account_prompt: null };
  const safeFetch = buildSafeFetch(
    { allowPrivateUpstreams: false },
    () => Promise.resolve(addresses),
    (input) => {
      fetched.push((input as Request).url);
      return Promise.resolve(answer());
    },
  );
  const endpoint = buildAuthorizationEndpoint(buildDependencies(
    {
      begin_authorization: client
        ? { outcome: "ready", client, ...beginning }
        : { outcome: "unknown_client", ...beginning },
    },
    { safeFetch, now: () => clock.time },
  ));
  return {
    ask: (parameters = {}) =>
      endpoint(authorizeRequest({ client_id: CLIENT_ID, redirect_uri: REDIRECT_URI, ...parameters })),
    fetched,
    clock,
  };
}
