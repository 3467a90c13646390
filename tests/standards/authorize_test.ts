/**
 * The authorization endpoint in a whole login: what is passed on, what comes back, and a person who hesitates.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { decodeJwt } from "jose";
import { parse } from "node-html-parser";
import { CookieJar } from "tough-cookie";
import { parseEncryptionKeys } from "../../functions/_shared/secrets/encryption.ts";
import { openConsentForm, sealConsentForm } from "../../functions/oauth-authorize/consent_form.ts";
import { walkLogin, type WalkOptions } from "../../supabase/commands/login/walk_login.ts";
import { assertRedirect } from "../support/client/answers.ts";
import { approve } from "../support/client/approved.ts";
import { buildDependencies } from "../support/functions/dependencies.ts";
import {
  attemptAuthorization,
  decide,
  discover,
  followCallback,
  openConsentForm as readConsentForm,
  postForm,
  reachCallback,
  redemptionForm,
  REDIRECT_URI,
  register,
  type RegisteredClient,
  requestTokens,
} from "../support/client/mcp_client.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack("own");
const ada = { userName: "ada" };

Deno.test("every answer carries iss: code, denial, refused request and the provider's refusal", async () => {
  const client = await newClient();
  const { attempt, ...pending } = await reachCallback(client, ada);
  const denied = attemptAuthorization(client);
  const refused = attemptAuthorization(client, { response_type: "token" });
  const cancelled = await reachProvider(client);
  const answers = [
    await followCallback({ attempt, ...pending }),
    await decide(denied.url, await readConsentForm(denied.url), "deny"),
    await fetch(refused.url, { redirect: "manual" }),
    await returnWith(cancelled, { error: "access_denied" }),
  ];

  const returned = await Promise.all(answers.map(async (answer) => {
    await answer.body?.cancel();
    const { searchParams } = new URL(answer.headers.get("Location")!);
    return [searchParams.get("iss"), searchParams.get("error"), searchParams.has("code")];
  }));

  const { ISSUER } = stack.status;
  assertEquals(returned, [
    [ISSUER, null, true],
    [ISSUER, "access_denied", false],
    [ISSUER, "unsupported_response_type", false],
    [ISSUER, "access_denied", false],
  ]);
});

for (
  const [what, change] of [
    ["once", (resource: string) => [resource]],
    ["twice", (resource: string) => [resource, resource]],
    ["with a slash", (resource: string) => [`${resource}/`]],
    ["with host and scheme in capitals", (resource: string) => [resource.replace("http:", "HTTP:")]],
    ["not at all", () => []],
  ] as [string, (resource: string) => string[]][]
) {
  for (const where of ["authorize", "token"]) {
    Deno.test(`a resource named ${what} at ${where} gives a token for the server's own`, async () => {
      const client = await newClient();
      const { resource } = client.discovery;
      const resources = change(resource);
      const attempt = attemptAuthorization(client, { resource: undefined });
      for (const value of where === "authorize" ? resources : []) {
        attempt.url.searchParams.append("resource", value);
      }

      const code = (await walkLogin(attempt.url, ada)).searchParams.get("code")!;
      const form = new URLSearchParams(redemptionForm(client, code, attempt.codeVerifier));
      for (const value of where === "token" ? resources : []) {
        form.append("resource", value);
      }
      const response = await fetch(client.discovery.token_endpoint, { method: "POST", body: form });

      const { access_token } = await response.json();
      assertEquals(decodeJwt(access_token).aud, resource);
    });
  }
}

Deno.test("the provider is never told the resource", async () => {
  const { providerUrl } = await reachProvider(await newClient());

  assertEquals(providerUrl.searchParams.has("resource"), false);
});

Deno.test("login_hint, max_age, ui_locales and one prompt are passed on; consent is asked here in any case", async () => {
  const hints = { login_hint: "ada@example.com", max_age: "60", ui_locales: "de en" };

  const { providerUrl } = await reachProvider(await newClient(), {
    ...hints,
    prompt: "login consent select_account unknown",
  });

  const passed = Object.keys(hints).map((name) => [name, providerUrl.searchParams.get(name)]);
  assertEquals(Object.fromEntries(passed), hints);
  assertEquals(providerUrl.searchParams.get("prompt"), "login");
});

for (
  const [what, changes, error, error_description] of [
    [
      "prompt=none",
      { prompt: "none" },
      "consent_required",
      "Cannot authorize without asking: every login needs an approval",
    ],
    [
      "prompt=none with another",
      { prompt: "none login" },
      "invalid_request",
      "Cannot authorize: the prompt none stands alone",
    ],
    [
      "a max_age that is no number",
      { max_age: "soon" },
      "invalid_request",
      "Cannot authorize: max_age is not a number of seconds",
    ],
    [
      "a negative max_age",
      { max_age: "-1" },
      "invalid_request",
      "Cannot authorize: max_age is not a number of seconds",
    ],
    [
      "a request object",
      { request: "eyJ" },
      "request_not_supported",
      "Cannot authorize: the parameter request is not supported",
    ],
  ] as const
) {
  Deno.test(`${what} is answered with ${error}`, async () => {
    const attempt = attemptAuthorization(await approve(stack, await newClient()), changes);

    const response = await fetch(attempt.url, { redirect: "manual" });

    const { ISSUER: iss } = stack.status;
    await assertRedirect(response, REDIRECT_URI, { error, error_description, state: attempt.state, iss });
  });
}

for (const name of ["request", "request_uri"]) {
  Deno.test(`a request that is nothing but client_id and ${name} is told what is not supported`, async () => {
    const attempt = attemptAuthorization(await newClient(), {
      redirect_uri: undefined,
      [name]: "urn:x",
    });

    const response = await fetch(attempt.url, { headers: { Accept: "application/json" } });

    assertEquals([response.status, (await response.json()).error], [400, `${name}_not_supported`]);
  });
}

Deno.test("with a session at the provider prompt=login asks for the password again, and without it does not", async () => {
  const client = await newClient();
  const cookies = new CookieJar();
  await walkLogin(attemptAuthorization(client).url, { ...ada, cookies });
  const visits = async (changes: Record<string, string>): Promise<string[]> => {
    const steps: string[] = [];
    const { url } = attemptAuthorization(client, changes);
    await walkLogin(url, { ...ada, cookies, onStep: (step) => steps.push(step) });
    return steps.filter((step) => step.startsWith(`submitted "Sign-in"`));
  };

  const [again, silent] = [await visits({ prompt: "login" }), await visits({})];

  assertEquals([again.length, silent.length], [1, 0]);
});

Deno.test("max_age comes back as auth_time in the id_token, and a refresh keeps it", async () => {
  const client = await newClient();
  const before = Math.floor(Date.now() / 1000);

  const tokens = await logInWith(client, { max_age: "3600" });
  const refreshed = await requestTokens(client.discovery, {
    grant_type: "refresh_token",
    client_id: client.clientId,
    refresh_token: tokens.refresh_token,
  });

  const authTime = Number(decodeJwt(tokens.id_token!)["auth_time"]);
  assert(authTime >= before - 1 && authTime <= Date.now() / 1000 + 1, `auth_time is ${authTime}`);
  assertEquals(decodeJwt(refreshed.id_token!)["auth_time"], authTime);
});

Deno.test("an approval after ten minutes leads to the same request again, which ends in a code", async () => {
  const client = await newClient();
  const attempt = attemptAuthorization(client, { login_hint: "ada" });
  const old = await age(await readConsentForm(attempt.url), 10 * 60 * 1000 + 1);

  const response = await decide(attempt.url, old, "approve");

  const link = parse(await response.text()).querySelector("main a")?.getAttribute("href");
  const again = new URL(link!.replaceAll("&amp;", "&"));
  assertEquals([response.status, response.headers.get("Location")], [400, null]);
  assertEquals(Object.fromEntries(again.searchParams), Object.fromEntries(attempt.url.searchParams));
  const returned = await walkLogin(again, ada);
  const code = returned.searchParams.get("code")!;
  assertEquals(returned.searchParams.get("state"), attempt.state);
  assert(
    (await requestTokens(client.discovery, redemptionForm(client, code, attempt.codeVerifier))).access_token,
  );
});

Deno.test("an approval just before ten minutes have passed goes on", async () => {
  const attempt = attemptAuthorization(await newClient());
  const young = await age(await readConsentForm(attempt.url), 9 * 60 * 1000);

  const response = await decide(attempt.url, young, "approve");

  await response.body?.cancel();
  assertEquals(response.status, 303);
});

Deno.test("two tabs of one browser log in at once, each to its own end", async () => {
  const client = await newClient();
  const [first, second] = [await reachProvider(client), await reachProvider(client)];
  const cookie = `${first.cookie}; ${second.cookie}`;

  const answers = [];
  for (const { attempt, providerUrl } of [second, first]) {
    const callbackUrl = await walkLogin(providerUrl, { ...ada, cookies: new CookieJar() });
    const answer = await fetch(callbackUrl, { headers: { Cookie: cookie }, redirect: "manual" });
    await answer.body?.cancel();
    const { searchParams } = new URL(answer.headers.get("Location")!);
    answers.push({ code: searchParams.has("code"), own: searchParams.get("state") === attempt.state });
  }

  assertNotEquals(first.cookie.split("=")[0], second.cookie.split("=")[0]);
  assertEquals(answers, [{ code: true, own: true }, { code: true, own: true }]);
});

Deno.test("the back button and a second approval lead to the same request again", async () => {
  const attempt = attemptAuthorization(await newClient());
  const form = await readConsentForm(attempt.url);
  const first = await decide(attempt.url, form, "approve");
  await first.body?.cancel();

  const second = await decide(attempt.url, form, "approve");

  const page = parse(await second.text());
  assertEquals([first.status, second.status, second.headers.get("Set-Cookie")], [303, 400, null]);
  assertEquals(page.querySelector("h1")?.text, "Approve again");
  assert(page.querySelector("main a")?.getAttribute("href")?.startsWith(attempt.url.origin));
});

Deno.test("the back button to a callback that was answered shows an error and redirects nobody", async () => {
  const pending = await reachCallback(await newClient(), ada);
  const first = await followCallback(pending);
  await first.body?.cancel();

  const second = await followCallback(pending);

  assertEquals([first.status, second.status, second.headers.get("Location")], [303, 400, null]);
  await second.body?.cancel();
});

Deno.test("a request that a client posts is asked for consent, from whatever origin it comes", async () => {
  const attempt = attemptAuthorization(await newClient());
  const fields = Object.fromEntries(attempt.url.searchParams);

  const response = await postForm(`${attempt.url.origin}${attempt.url.pathname}`, fields, {
    "Accept": "text/html",
    "Origin": "https://client.example.com",
    "Sec-Fetch-Site": "cross-site",
  });

  const page = parse(await response.text());
  assertEquals(response.status, 200);
  assertEquals(page.querySelector("h1")?.text, "Connect Plain client to Demo MCP server?");
  const form = page.querySelector("input[name=form]")?.getAttribute("value");
  const approval = await decide(new URL(`${attempt.url.origin}${attempt.url.pathname}`), form!, "approve");
  await approval.body?.cancel();
  assertEquals(approval.status, 303);
});

/** A browser that stands before the provider's login. */
interface AtProvider {
  attempt: Awaited<ReturnType<typeof attemptAuthorization>>;
  providerUrl: URL;
  cookie: string;
}

async function reachProvider(
  client: RegisteredClient,
  changes: Record<string, string | undefined> = {},
): Promise<AtProvider> {
  const attempt = attemptAuthorization(client, changes);
  const approval = await decide(attempt.url, await readConsentForm(attempt.url), "approve");
  await approval.body?.cancel();
  const [cookie = ""] = (approval.headers.get("Set-Cookie") ?? "").split(";");
  return { attempt, providerUrl: new URL(approval.headers.get("Location") ?? ""), cookie };
}

/** Comes back from the provider with this answer. */
function returnWith({ providerUrl, cookie }: AtProvider, answer: Record<string, string>): Promise<Response> {
  const callback = new URL(providerUrl.searchParams.get("redirect_uri")!);
  const state = providerUrl.searchParams.get("state")!;
  callback.search = new URLSearchParams({ ...answer, state, iss: stack.status.UPSTREAM_ISSUER }).toString();
  return fetch(callback, { headers: { Cookie: cookie }, redirect: "manual" });
}

async function logInWith(
  client: RegisteredClient,
  changes: Record<string, string>,
  walk: WalkOptions = ada,
): Promise<Awaited<ReturnType<typeof requestTokens>>> {
  const attempt = attemptAuthorization(client, changes);
  const code = (await walkLogin(attempt.url, walk)).searchParams.get("code")!;
  return await requestTokens(client.discovery, redemptionForm(client, code, attempt.codeVerifier));
}

async function newClient(): Promise<RegisteredClient> {
  return await register(await discover(stack.status.MCP_URL));
}

/** The same form as if its page had been opened a while ago. */
async function age(sealed: string, milliseconds: number): Promise<string> {
  const dependencies = buildDependencies({}, {
    encryptionKeys: parseEncryptionKeys(stack.secrets.encryptionKeys),
    now: () => Date.now() - milliseconds,
  });
  const { request, consent, slug, organizationId } = await openConsentForm(sealed, "demo", dependencies);
  return await sealConsentForm(request, consent, { slug, organization_id: organizationId }, dependencies);
}
