import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";
import { openBrowser, reachCallback, readLocation, walk } from "../support/client/browser.ts";
import { logIn, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { countRows } from "../support/stack/tenant.ts";

const stack = await useStack();

Deno.test("F3: the upstream leg sends S256 and the verifier behind it, new for each login", async () => {
  await using scene = await setScene(stack);

  await logIn(scene);
  await logIn(scene);

  const authorizations = scene.provider.requests("authorize").map(({ parameters }) => parameters);
  const redemptions = scene.provider.requests("token").map(({ parameters }) => parameters);
  assertEquals(authorizations.length, 2);
  for (const [index, authorization] of authorizations.entries()) {
    assertEquals(authorization.get("code_challenge_method"), "S256");
    assertEquals(
      authorization.get("code_challenge"),
      hashSecret(redemptions[index]?.get("code_verifier") ?? ""),
    );
    assertMatch(authorization.get("nonce") ?? "", /^[A-Za-z0-9_-]{43}$/);
  }
  for (const name of ["code_challenge", "nonce", "state"]) {
    assertNotEquals(authorizations[0]?.get(name), authorizations[1]?.get(name));
  }
});

Deno.test("F3: the client's own challenge and verifier never reach the provider", async () => {
  await using scene = await setScene(stack);

  const { attempt } = await logIn(scene);

  const sent = scene.provider.requests().map(({ parameters }) => parameters.toString()).join("&");
  assert(!sent.includes(attempt.codeVerifier));
  assert(!sent.includes(attempt.url.searchParams.get("code_challenge") ?? ""));
});

Deno.test("F3: an upstream code of a victim that is injected into the attacker's own login is worth nothing", async () => {
  await using scene = await setScene(stack);
  const attacker = openBrowser();
  const attackerAttempt = attemptAuthorization(scene.client);
  const attackerCallback = await reachCallback(attacker, attackerAttempt.url);
  const victimCallback = await reachCallback(openBrowser(), attemptAuthorization(scene.client).url);

  attackerCallback.searchParams.set("code", victimCallback.searchParams.get("code") ?? "");
  const returned = await readLocation(await attacker.get(attackerCallback));

  assertEquals([returned.searchParams.get("error"), returned.searchParams.get("code")], [
    "server_error",
    null,
  ]);
  assertEquals(await countRows(stack, "mcp_server_user", scene.tenant.organizationId), 0);
});

for (const forgery of ["wrong_nonce", "missing_nonce"] as const) {
  Deno.test(`F3: an id_token with a ${forgery.replace("_", " ")} ends the login`, async () => {
    await using scene = await setScene(stack, { program: { forgery } });

    const returned = await walk(openBrowser(), attemptAuthorization(scene.client).url);

    assertEquals([returned.searchParams.get("error"), returned.searchParams.get("code")], [
      "server_error",
      null,
    ]);
    assertEquals(await countRows(stack, "mcp_server_user", scene.tenant.organizationId), 0);
  });
}
