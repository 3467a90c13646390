import { assertEquals } from "@std/assert";
import type { Person } from "../support/provider/program.ts";
import type { ShapeName } from "../support/provider/shapes.ts";
import type { Row } from "../support/stack/tenant.ts";
import { logIn, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const person: Person = { sub: "4711", email: "ada@example.com", email_verified: true, name: "Ada" };

/** What each provider's word makes of the same person. */
const shapes: Record<ShapeName, { user: Row; vault: Row }> = {
  openid: { user: verified(), vault: { refreshes: true, expires: true } },
  keycloak: { user: verified(), vault: { refreshes: true, expires: true } },
  google: { user: verified(), vault: { refreshes: true, expires: true } },
  auth0: { user: verified(), vault: { refreshes: true, expires: true } },
  // The text "true" is Cognito's way of saying it.
  cognito: { user: verified(), vault: { refreshes: true, expires: true } },
  // Its numeric id is the subject; of its addresses the primary counts.
  github: { user: verified(), vault: { refreshes: false, expires: false } },
  // It says nothing of the address, so nothing is believed.
  entra: { user: { ...verified(), email_verified: false }, vault: { refreshes: true, expires: true } },
  entra_common: {
    user: { ...verified(), email_verified: false },
    vault: { refreshes: true, expires: true },
  },
  glewlwyd: { user: verified(), vault: { refreshes: true, expires: true } },
};

for (const [shape, expected] of Object.entries(shapes)) {
  Deno.test(`A3: a provider like ${shape} is believed what it says of a person, and no more`, async () => {
    await using scene = await setScene(stack, { shape: shape as ShapeName, program: { person } });

    const { tokens } = await logIn(scene);
    const headers = { Authorization: `Bearer ${tokens.access_token}` };
    const call = await fetch(scene.tenant.mcpUrl, { method: "POST", headers, body: "{}" });

    assertEquals(call.status, 200);
    await call.body?.cancel();
    const [row] = await stack.sql`
      select person.upstream_sub, person.email, person.email_verified,
        entry.refresh_token_ciphertext is not null as refreshes, entry.expires_at is not null as expires
      from public.mcp_server_user as person
      join public.upstream_oauth_tokens as entry on entry.mcp_server_user_id = person.id
      where person.organization_id = ${scene.tenant.organizationId}`;
    assertEquals({ ...row }, { ...expected.user, ...expected.vault });
    assertEquals(scene.provider.requests().some(({ parameters }) => parameters.has("resource")), false);
  });
}

Deno.test("A3: a secondary or unverified address of a list is not taken for the person's", async () => {
  const unverified = { ...person, email_verified: false };
  await using scene = await setScene(stack, { shape: "github", program: { person: unverified } });

  await logIn(scene);

  const [row] = await stack.sql`
    select email, email_verified from public.mcp_server_user
    where organization_id = ${scene.tenant.organizationId}`;
  assertEquals({ ...row }, { email: "ada@example.com", email_verified: false });
});

function verified(): Row {
  return { upstream_sub: "4711", email: "ada@example.com", email_verified: true };
}
