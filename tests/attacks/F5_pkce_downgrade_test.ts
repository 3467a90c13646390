import { assertEquals } from "@std/assert";
import { randomSecret } from "../../functions/_shared/secrets/secrets.ts";
import { attemptAuthorization, postForm, redemptionForm } from "../support/client/mcp_client.ts";
import { approve } from "../support/client/approved.ts";
import { assertRefused } from "../support/client/attack_answers.ts";
import { openBrowser, readLocation } from "../support/client/browser.ts";
import { obtainCode, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { countRows } from "../support/stack/tenant.ts";

const stack = await useStack();

const downgrades: Record<string, Record<string, string | undefined>> = {
  "the method plain": { code_challenge_method: "plain" },
  "no method, which means plain": { code_challenge_method: undefined },
  "a method in lower case": { code_challenge_method: "s256" },
  "no challenge": { code_challenge: undefined, code_challenge_method: undefined },
  "a method and no challenge": { code_challenge: undefined },
  "an empty challenge": { code_challenge: "" },
  "a challenge that is no SHA-256": { code_challenge: "short" },
  "a verifier for a challenge": { code_challenge: "a".repeat(64) },
};

for (const [name, parameters] of Object.entries(downgrades)) {
  Deno.test(`F5: a request with ${name} is refused before consent`, async () => {
    await using scene = await setScene(stack);
    const attempt = attemptAuthorization(await approve(stack, scene.client), parameters);

    const returned = await readLocation(await openBrowser().get(attempt.url));

    assertEquals([returned.searchParams.get("error"), returned.searchParams.get("code")], [
      "invalid_request",
      null,
    ]);
    assertEquals(scene.provider.requests(), []);
  });
}

const presentations: Record<
  string,
  (form: Record<string, string>, challenge: string) => Record<string, string>
> = {
  "without a verifier": ({ code_verifier: _verifier, ...form }) => form,
  "with an empty verifier": (form) => ({ ...form, code_verifier: "" }),
  "with another verifier": (form) => ({ ...form, code_verifier: randomSecret() }),
  "with the challenge for a verifier": (form, challenge) => ({ ...form, code_verifier: challenge }),
  "with a verifier that is too short": (form) => ({ ...form, code_verifier: "short" }),
  "with a verifier that is too long": (form) => ({
    ...form,
    code_verifier: `${form["code_verifier"]}`.padEnd(129, "a"),
  }),
};

for (const [name, present] of Object.entries(presentations)) {
  Deno.test(`F5: a code that is presented ${name} is refused and dead`, async () => {
    await using scene = await setScene(stack);
    const { attempt, code } = await obtainCode(scene);
    const good = redemptionForm(scene.client, code, attempt.codeVerifier);
    const { token_endpoint: endpoint } = scene.client.discovery;

    const challenge = attempt.url.searchParams.get("code_challenge") ?? "";
    const refusal = await postForm(endpoint, present(good, challenge));
    const tooLate = await postForm(endpoint, good);

    await assertRefused(refusal, 400, "invalid_grant");
    await assertRefused(tooLate, 400, "invalid_grant");
    assertEquals(await countRows(stack, "mcp_proxy_tokens", scene.tenant.organizationId), 0);
  });
}

Deno.test("F5: the database holds no code without a challenge", async () => {
  const columns = await stack.sql`
    select table_name, is_nullable from information_schema.columns
    where table_schema = 'public' and column_name = 'code_challenge' order by table_name`;

  assertEquals(columns.map(({ table_name, is_nullable }) => [table_name, is_nullable]), [
    ["mcp_authorization_codes", "NO"],
    ["mcp_authorization_sessions", "NO"],
  ]);
});
