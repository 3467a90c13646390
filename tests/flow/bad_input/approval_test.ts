/**
 * Consent forms: refused, spent, too old, forged.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { parse } from "node-html-parser";
import {
  consentFormOf,
  openSecret,
  parseEncryptionKeys,
  sealSecret,
} from "../../../functions/_shared/secrets/encryption.ts";
import {
  attemptAuthorization,
  type AuthorizationAttempt,
  decide,
  discover,
  openConsentForm,
  postForm,
  REDIRECT_URI,
  register,
} from "../../support/client/mcp_client.ts";
import { assertRedirected, assertRefused, assertShown } from "../../support/client/refusals.ts";
import { useStack } from "../../support/stack/stack.ts";

const stack = await useStack("own");

Deno.test("a refused consent returns access_denied with state and issuer, and opens no session", async () => {
  const { attempt: { url, state }, form } = await openForm();
  const before = await countSessions();

  const response = await decide(url, form, "deny");

  assertEquals(response.headers.get("Set-Cookie"), null);
  await assertRedirected(response, {
    redirectUri: REDIRECT_URI,
    error: "access_denied",
    state,
    iss: stack.status.ISSUER,
  });
  assertEquals(await countSessions(), before);
});

Deno.test("a form that is approved twice opens one session and then offers a new start that works", async () => {
  const { attempt, form } = await openForm();
  await (await decide(attempt.url, form, "approve")).body?.cancel();
  const before = await countSessions();

  const response = await decide(attempt.url, form, "approve");

  assertEquals(response.headers.get("Set-Cookie"), null);
  assertEquals(await countSessions(), before);
  await assertOffersNewStart(response, attempt);
});

Deno.test("a form of ten minutes ago offers a new start that works", async () => {
  const { attempt, form } = await openForm();
  const old = await changeForm(form, { expiresAt: Date.now() - 1 });

  const response = await decide(attempt.url, old, "approve");

  await assertOffersNewStart(response, attempt);
});

Deno.test("a form of another server is refused", async () => {
  const { attempt, form } = await openForm();
  const other = await changeForm(form, {}, "other");

  await assertShown(await decide(attempt.url, other, "approve"), 400, "invalid_request");
});

const forgeries: { what: string; forge: (form: string) => string }[] = [
  { what: "empty", forge: () => "x" },
  { what: "cut off", forge: (form) => form.slice(0, -10) },
  { what: "changed by a letter", forge: (form) => `${form.slice(0, -5)}AAAAA` },
  { what: "unsealed", forge: () => btoa(JSON.stringify({ slug: "demo" })) },
];

for (const { what, forge } of forgeries) {
  Deno.test(`a form that is ${what} is refused`, async () => {
    const { attempt, form } = await openForm();

    await assertShown(await decide(attempt.url, forge(form), "approve"), 400, "invalid_request");
  });
}

Deno.test("a secret that was sealed for something else is no form", async () => {
  const { attempt, form } = await openForm();
  const keys = parseEncryptionKeys(stack.secrets.encryptionKeys);
  const { text } = await openSecret(form, consentFormOf("demo"), keys);
  const other = await sealSecret(text, { ...consentFormOf("demo"), purpose: "authorization-request" }, keys);

  await assertShown(await decide(attempt.url, other, "approve"), 400, "invalid_request");
});

for (const origin of ["https://evil.example", "null", "http://127.0.0.1:1"]) {
  Deno.test(`a form that is posted from ${origin} is refused`, async () => {
    const { attempt, form } = await openForm();

    const response = await postForm(attempt.url, { form, decision: "approve" }, { Origin: origin });

    assertEquals(response.headers.get("Set-Cookie"), null);
    await assertShown(response, 400, "invalid_request");
  });
}

Deno.test("a form that a browser posts across sites is refused without an Origin too", async () => {
  const { attempt, form } = await openForm();

  const response = await postForm(attempt.url, { form, decision: "approve" }, {
    "Sec-Fetch-Site": "cross-site",
  });

  await assertShown(response, 400, "invalid_request");
});

Deno.test("a form with a decision that is none is refused, and good for one afterwards", async () => {
  const { attempt, form } = await openForm();
  const headers = { Origin: attempt.url.origin };

  const refused = await postForm(attempt.url, { form, decision: "perhaps" }, headers);

  await assertShown(refused, 400, "invalid_request");
  const decided = await decide(attempt.url, form, "approve");
  assertEquals(decided.status, 303);
});

const refusedBodies: { what: string; init: RequestInit; status: number; error: string }[] = [
  {
    what: "JSON",
    init: { body: "{}", headers: { "Content-Type": "application/json", Accept: "application/json" } },
    status: 415,
    error: "unsupported_media_type",
  },
  {
    what: "a form of 65 KiB",
    init: {
      body: new URLSearchParams({ form: "a".repeat(65 * 1024) }),
      headers: { Accept: "application/json" },
    },
    status: 413,
    error: "payload_too_large",
  },
  {
    what: "a form that is not UTF-8",
    init: {
      body: new Uint8Array([0xff, 0xfe]),
      headers: { "Content-Type": "application/x-www-form-urlencoded", Accept: "application/json" },
    },
    status: 400,
    error: "invalid_request",
  },
];

for (const { what, init, status, error } of refusedBodies) {
  Deno.test(`POST /oauth-authorize answers ${status} to ${what}`, async () => {
    const { attempt } = await openForm();

    await assertRefused(await fetch(attempt.url, { method: "POST", ...init }), status, error);
  });
}

async function openForm(): Promise<{ attempt: AuthorizationAttempt; form: string }> {
  const attempt = attemptAuthorization(await register(await discover(stack.status.MCP_URL)));
  return { attempt, form: await openConsentForm(attempt.url) };
}

/** The same form with other members, sealed as the endpoint seals it for a server. */
async function changeForm(form: string, change: Record<string, unknown>, slug = "demo"): Promise<string> {
  const keys = parseEncryptionKeys(stack.secrets.encryptionKeys);
  const { text } = await openSecret(form, consentFormOf("demo"), keys);
  return await sealSecret(JSON.stringify({ ...JSON.parse(text), ...change }), consentFormOf(slug), keys);
}

async function assertOffersNewStart(response: Response, attempt: AuthorizationAttempt): Promise<void> {
  assertEquals(response.status, 400);
  const page = parse(await response.text());
  const link = new URL(page.querySelector("a")!.getAttribute("href")!);
  assertEquals(
    Object.fromEntries(link.searchParams),
    Object.fromEntries(attempt.url.searchParams),
  );

  const approved = await decide(link, await openConsentForm(link), "approve");
  assertEquals(approved.status, 303);
  assertEquals(new URL(approved.headers.get("Location")!).origin, stack.status.UPSTREAM_ISSUER);
}

async function countSessions(): Promise<number> {
  const [row] = await stack.sql`select count(*)::integer as rows from public.mcp_authorization_sessions`;
  return row!["rows"];
}
