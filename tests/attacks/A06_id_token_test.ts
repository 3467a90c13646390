import { assertEquals } from "@std/assert";
import type { Forgery, Program } from "../support/provider/program.ts";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { approve, openBrowser, walk } from "../support/client/browser.ts";
import { type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { countRows } from "../support/stack/tenant.ts";

const stack = await useStack();

const forgeries: Record<Forgery, string> = {
  wrong_issuer: "with the right audience and another issuer",
  wrong_nonce: "with the nonce of another login",
  missing_nonce: "without a nonce",
  wrong_audience: "for another client",
  expired: "that has expired",
  alg_none: "with the algorithm none",
  hs256_with_public_key: "that is signed with the public key as an HS256 secret",
  missing_signature: "whose signature is missing",
  garbled_signature: "whose signature is garbled",
  other_key_id: "that another provider's key signed",
  other_key_same_id: "that another key signed under the known key id",
  no_id_token: "that is not there",
};

for (const [forgery, name] of Object.entries(forgeries)) {
  Deno.test(`A6: an id_token ${name} logs nobody in`, async () => {
    await using scene = await setScene(stack, { program: { forgery: forgery as Forgery } });

    const returned = await walk(openBrowser(), attemptAuthorization(scene.client).url);

    assertEquals([returned.searchParams.has("error"), returned.searchParams.has("code")], [true, false]);
    await assertNobody(scene);
  });
}

const disagreements: Record<string, Partial<Program>> = {
  "another subject": { userinfo: { sub: "somebody-else" } },
  "an empty subject": { userinfo: { sub: "" } },
};
for (const [name, program] of Object.entries(disagreements)) {
  Deno.test(`A6: userinfo with ${name} than the id_token logs nobody in`, async () => {
    await using scene = await setScene(stack, { program });

    const returned = await walk(openBrowser(), attemptAuthorization(scene.client).url);

    assertEquals([returned.searchParams.has("error"), returned.searchParams.has("code")], [true, false]);
    await assertNobody(scene);
  });
}

const issuers: Record<string, (issuer: string) => unknown> = {
  "another issuer": () => "https://accounts.example.net",
  "the issuer and a slash": (issuer) => `${issuer}/`,
  "no issuer": () => undefined,
  "a list of issuers": (issuer) => [issuer],
};
for (const [name, forge] of Object.entries(issuers)) {
  Deno.test(`A6: a discovery document that names ${name} sends nobody anywhere`, async () => {
    await using scene = await setScene(stack);
    scene.provider.program({ metadata: { issuer: forge(scene.provider.issuer) } });

    const returned = await approve(openBrowser(), attemptAuthorization(scene.client).url);

    assertEquals(`${returned.origin}${returned.pathname}`, scene.client.redirectUri);
    assertEquals([returned.searchParams.has("error"), returned.searchParams.has("code")], [true, false]);
    assertEquals(scene.provider.requests("authorize"), []);
    await assertNobody(scene);
  });
}

async function assertNobody({ tenant }: Scene): Promise<void> {
  for (const table of ["mcp_server_user", "upstream_oauth_tokens", "mcp_authorization_codes"]) {
    assertEquals(await countRows(stack, table, tenant.organizationId), 0);
  }
}
