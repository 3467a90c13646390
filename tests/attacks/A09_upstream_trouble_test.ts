import { assert, assertEquals } from "@std/assert";
import { UPSTREAM_TEXT } from "../support/provider/faults.ts";
import type { Endpoint, Fault } from "../support/provider/program.ts";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { openBrowser, openConsent, reachCallback } from "../support/client/browser.ts";
import { type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { countRows } from "../support/stack/tenant.ts";

const stack = await useStack();

const faults: Record<string, (trap: string) => Fault> = {
  "429": () => ({ kind: "status", status: 429, headers: { "Retry-After": "1" } }),
  "500": () => ({ kind: "status", status: 500 }),
  "503": () => ({ kind: "status", status: 503 }),
  "HTML": () => ({ kind: "html" }),
  "a connection that breaks off": () => ({ kind: "reset" }),
  "64 MB": () => ({ kind: "huge" }),
  "a redirect into the network": () => ({ kind: "redirect", to: "http://169.254.169.254/latest/meta-data/" }),
  "a redirect to itself": (trap) => ({ kind: "redirect", to: trap }),
  "a list": () => ({ kind: "json", body: [UPSTREAM_TEXT] }),
  "null": () => ({ kind: "json", body: null }),
  "a text": () => ({ kind: "json", body: UPSTREAM_TEXT }),
  "members of wrong types": () => ({ kind: "json", body: WRONG_TYPES }),
};

const WRONG_TYPES = {
  ...{ issuer: 1, authorization_endpoint: [], token_endpoint: {}, jwks_uri: 2, userinfo_endpoint: false },
  ...{
    access_token: { secret: UPSTREAM_TEXT },
    token_type: 1,
    expires_in: "soon",
    refresh_token: [],
    id_token: 3,
  },
  ...{ sub: { id: 1 }, email: ["a@example.com"], email_verified: {}, keys: UPSTREAM_TEXT },
};

for (const [name, makeFault] of Object.entries(faults)) {
  for (const endpoint of ["token", "jwks"] as const) {
    Deno.test(`A9: a login whose provider answers ${name} at ${endpoint} ends in the client's hands, and quietly`, async () => {
      await using scene = await setScene(stack);
      scene.provider.program({ faults: { [endpoint]: makeFault(scene.provider.url("trap")) } });
      const browser = openBrowser();
      const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);

      const response = await browser.get(callback);

      await assertEndsQuietly(response, scene);
      assert(scene.provider.requests(endpoint).length > 0, "the fault was not met");
    });
  }

  Deno.test(`A9: a login whose provider answers ${name} at userinfo goes on without it, and quietly`, async () => {
    await using scene = await setScene(stack);
    scene.provider.program({ faults: { userinfo: makeFault(scene.provider.url("trap")) } });
    const browser = openBrowser();
    const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);

    const response = await browser.get(callback);

    await assertSilent(response);
    assert(response.headers.get("Location")?.includes("code="));
    assert(scene.provider.requests("userinfo").length > 0, "the fault was not met");
    assertReadLittle(scene);
    assertEquals(await countRows(stack, "mcp_server_user", scene.tenant.organizationId), 1);
  });

  Deno.test(`A9: an approval whose provider answers ${name} wherever it may describe itself ends in the client's hands, and quietly`, async () => {
    await using scene = await setScene(stack);
    const fault = makeFault(scene.provider.url("trap"));
    scene.provider.program({ faults: { discovery: fault, oauth_metadata: fault } });
    const browser = openBrowser();
    const { url } = attemptAuthorization(scene.client);
    const form = await openConsent(browser, url);

    const response = await browser.post(`${url.origin}${url.pathname}`, { form, decision: "approve" });

    await assertEndsQuietly(response, scene);
  });
}

Deno.test("A9: a provider that hangs is given up after ten seconds, and the login ends in the client's hands", async () => {
  const endpoints: Endpoint[] = ["token", "jwks"];
  await Promise.all(endpoints.map(async (endpoint) => {
    await using scene = await setScene(stack, { program: { faults: { [endpoint]: { kind: "hang" } } } });
    const browser = openBrowser();
    const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);
    const started = performance.now();

    const response = await browser.get(callback);

    // The function gives up after ten seconds; the rest is for a busy machine.
    assert(performance.now() - started < 30_000);
    await assertEndsQuietly(response, scene);
  }));
});

Deno.test("A9: a login survives its provider's trouble: the same callback finishes it afterwards", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);

  scene.provider.program({ faults: { token: { kind: "status", status: 503 } } });
  await assertEndsQuietly(await browser.get(callback), scene);
  scene.provider.program({ faults: {} });
  const response = await browser.get(callback);

  assert(response.headers.get("Location")?.includes("code="));
});

Deno.test("A9: an approval that failed for the provider's trouble is made again with a new request", async () => {
  await using scene = await setScene(stack, {
    program: { faults: { discovery: { kind: "status", status: 503 } } },
  });
  const browser = openBrowser();
  const { url } = attemptAuthorization(scene.client);
  const form = await openConsent(browser, url);
  const failed = await browser.post(`${url.origin}${url.pathname}`, { form, decision: "approve" });
  await assertEndsQuietly(failed, scene);

  scene.provider.program({ faults: {} });
  const callback = await reachCallback(browser, url);

  assert((await browser.get(callback)).headers.get("Location")?.includes("code="));
});

for (
  const error of ["access_denied", "server_error", "temporarily_unavailable", "invalid_scope", UPSTREAM_TEXT]
) {
  Deno.test(`A9: the provider's own words for ${error.slice(0, 24)} do not reach the client`, async () => {
    await using scene = await setScene(stack);
    const browser = openBrowser();
    const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);
    callback.searchParams.delete("code");
    callback.searchParams.set("error", error);
    callback.searchParams.set("error_description", UPSTREAM_TEXT);
    callback.searchParams.set("error_uri", `https://${UPSTREAM_TEXT}.example`);

    const response = await browser.get(callback);

    await assertSilent(response);
    assert(new URL(response.headers.get("Location") ?? "").searchParams.has("error"));
  });
}

/** The client is told in a redirect, of trouble that passes; nothing was written, nothing followed, little read. */
async function assertEndsQuietly(response: Response, { provider, tenant, client }: Scene): Promise<void> {
  await assertSilent(response);
  const returned = new URL(response.headers.get("Location") ?? "");
  assertEquals(`${returned.origin}${returned.pathname}`, client.redirectUri);
  assertEquals(returned.searchParams.get("error"), "temporarily_unavailable");
  assertReadLittle({ provider });
  for (const table of ["mcp_server_user", "upstream_oauth_tokens", "mcp_authorization_codes"]) {
    assertEquals(await countRows(stack, table, tenant.organizationId), 0);
  }
}

function assertReadLittle({ provider }: Pick<Scene, "provider">): void {
  assertEquals(provider.requests("trap"), []);
  assert(provider.hugeBytes() < 16 * 1024 * 1024, `${provider.hugeBytes()} bytes were read`);
}

async function assertSilent(response: Response): Promise<void> {
  const everything = JSON.stringify([...response.headers]) + await response.text();
  assertEquals(everything.includes(UPSTREAM_TEXT), false);
  assertEquals(everything.includes("169.254"), false);
}
