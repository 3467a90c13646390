/**
 * GATEPOST_CONSENT_URL: where the browser is sent, and whom the endpoint answers.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { buildAuthorizationEndpoint } from "../../functions/oauth-authorize/handler.ts";
import { buildCallbackEndpoint } from "../../functions/oauth-callback/handler.ts";
import { buildDependencies, NOW, type TestDependencies } from "../support/functions/dependencies.ts";
import { buildClient, buildServer } from "../support/database/records.ts";
import { approvalRequest, authorizeRequest } from "../support/client/requests.ts";

const CONSENT_URL = "https://pages.example.net/consent.html";
const AUTHORIZE = "https://auth.example.com/oauth-authorize/demo";
const ready = {
  outcome: "ready" as const,
  server: buildServer(),
  client: buildClient(),
  provider_name: "Example login",
  account_prompt: null,
};

Deno.test("the browser is sent to the page with the sealed request where no server sees it", async () => {
  const response = await buildAuthorizationEndpoint(build())(authorizeRequest());

  const location = new URL(response.headers.get("Location")!);
  assertEquals([response.status, `${location.origin}${location.pathname}`, location.search], [
    303,
    CONSENT_URL,
    "",
  ]);
  const fragment = new URLSearchParams(location.hash.slice(1));
  assertEquals([...fragment.keys()], ["authorize", "form"]);
  assertEquals(fragment.get("authorize"), AUTHORIZE);
});

Deno.test("the page reads what the person is asked, and nothing is written for it", async () => {
  const dependencies = build();
  const form = await readForm(dependencies);
  dependencies.database.calls.length = 0;

  const response = await buildAuthorizationEndpoint(dependencies)(readDetails(form));

  assertEquals(response.status, 200);
  assertEquals(response.headers.get("Access-Control-Allow-Origin"), "https://pages.example.net");
  assertEquals(response.headers.get("Vary"), "Origin");
  assertEquals(response.headers.get("Cache-Control"), "no-store");
  assertEquals(await response.json(), {
    language: "en",
    organization_name: "Example Inc.",
    organization_logo_url: null,
    client_name: "Example app",
    client_id: "client-1",
    client_host: null,
    redirect_host: "app.example.com",
    server_name: "Demo server",
    resource: "https://auth.example.com/mcp/demo",
    provider_name: "Example login",
    login_hint: null,
    offers_other_account: false,
    scopes: [
      { scope: "openid", meaning: "Know who you are" },
      { scope: "email", meaning: "See your email address" },
    ],
  });
  assertEquals(dependencies.database.calls, []);
});

for (const origin of ["https://evil.example", "https://pages.example.net.evil.example", "null"]) {
  Deno.test(`a page at ${origin} is refused, and the refusal is not for it to read`, async () => {
    const dependencies = build();
    const form = await readForm(dependencies);

    const response = await buildAuthorizationEndpoint(dependencies)(readDetails(form, origin));

    assertEquals(response.status, 400);
    assertEquals(response.headers.get("Access-Control-Allow-Origin"), "https://pages.example.net");
    assertEquals((await response.json()).error, "invalid_request");
  });

  Deno.test(`a page at ${origin} cannot approve`, async () => {
    const dependencies = build();
    const form = await readForm(dependencies);
    const approval = approvalRequest({ form }, { "Origin": origin, "Sec-Fetch-Site": "cross-site" });

    const response = await buildAuthorizationEndpoint(dependencies)(approval);

    assertEquals([response.status, response.headers.get("Location")], [400, null]);
    await response.body?.cancel();
  });
}

Deno.test("the page can read that a request is too old, and where it can be made again", async () => {
  const dependencies = build();
  const form = await readForm(dependencies);
  dependencies.now = () => NOW + 10 * 60 * 1000;

  const response = await buildAuthorizationEndpoint(dependencies)(readDetails(form));

  const answer = await response.json();
  const again = new URL(answer.start_again);
  assertEquals(response.status, 400);
  assertEquals(response.headers.get("Access-Control-Allow-Origin"), "https://pages.example.net");
  assertEquals(answer.error, "invalid_request");
  assertEquals(`${again.origin}${again.pathname}`, AUTHORIZE);
  assertEquals(again.searchParams.get("state"), "client-state");
});

Deno.test("the page can read why a form is refused", async () => {
  const response = await buildAuthorizationEndpoint(build())(readDetails("forged"));

  assertEquals(response.headers.get("Access-Control-Allow-Origin"), "https://pages.example.net");
  assertEquals(await response.json(), {
    error: "invalid_request",
    error_description: "Cannot approve: the form did not come from the approval page",
  });
});

Deno.test("without a page elsewhere no other origin reads an answer", async () => {
  const dependencies = buildDependencies({ begin_authorization: ready });

  const response = await buildAuthorizationEndpoint(dependencies)(
    readDetails("forged", "https://auth.example.com"),
  );

  assertEquals(response.headers.get("Access-Control-Allow-Origin"), null);
  await response.body?.cancel();
});

for (
  const [name, endpoint] of [["authorize", buildAuthorizationEndpoint], [
    "callback",
    buildCallbackEndpoint,
  ]] as const
) {
  Deno.test(`an error at ${name} is text, because a page would arrive as its own source`, async () => {
    const path = name === "authorize" ? "oauth-authorize/demo" : "oauth-callback/org_demo";
    const request = new Request(`http://edge/${path}`, { headers: { Accept: "text/html" } });

    const response = await endpoint(build())(request);

    assertEquals(response.status, 400);
    assertEquals(response.headers.get("Content-Type"), "text/plain;charset=UTF-8");
    const text = await response.text();
    assertEquals(text.split("\n")[0], "Cannot continue");
    assertStringIncludes(text, "Go back to the app you came from and connect again");
    assertEquals(/[<>]/.test(text), false);
  });
}

function build(): TestDependencies {
  return buildDependencies({ begin_authorization: ready }, { consentUrl: CONSENT_URL });
}

/** The form that a valid request is sealed into. */
async function readForm(dependencies: TestDependencies): Promise<string> {
  const response = await buildAuthorizationEndpoint(dependencies)(authorizeRequest());
  const { hash } = new URL(response.headers.get("Location")!);
  return new URLSearchParams(hash.slice(1)).get("form")!;
}

/** What the page's script asks. */
function readDetails(form: string, origin = "https://pages.example.net"): Request {
  return new Request("http://edge/oauth-authorize/demo", {
    method: "POST",
    headers: { "Accept": "application/json", "Origin": origin, "Sec-Fetch-Site": "cross-site" },
    body: new URLSearchParams({ form }),
  });
}
