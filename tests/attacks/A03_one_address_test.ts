import { assertEquals, assertNotEquals } from "@std/assert";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const email = "ada@example.com";
const linking = { config: { link_verified_email: true } };

const unverified: Record<string, unknown> = {
  "false": false,
  'the text "false"': "false",
  "0": 0,
  "1": 1,
  'the text "1"': "1",
  'the text "TRUE"': "TRUE",
  "null": null,
  "a list": [true],
  "an object": { value: true },
  "absent": undefined,
};

for (const [name, emailVerified] of Object.entries(unverified)) {
  Deno.test(`A3: two subjects with one address whose email_verified is ${name} are two users`, async () => {
    await using scene = await setScene(stack, linking);

    await logInAs(scene, "1", { email, email_verified: emailVerified });
    await logInAs(scene, "2", { email, email_verified: emailVerified });

    assertEquals(await listUsers(scene), [
      { subjects: ["1"], email, email_verified: false },
      { subjects: ["2"], email, email_verified: false },
    ]);
  });

  Deno.test(`A3: a second subject whose email_verified is ${name} is not linked to a verified one`, async () => {
    await using scene = await setScene(stack, linking);

    await logInAs(scene, "1", { email, email_verified: true });
    await logInAs(scene, "2", { email, email_verified: emailVerified });

    assertEquals(await listUsers(scene), [
      { subjects: ["1"], email, email_verified: true },
      { subjects: ["2"], email, email_verified: false },
    ]);
  });
}

Deno.test("A3: a config that does not link keeps two verified subjects apart", async () => {
  await using scene = await setScene(stack);

  await logInAs(scene, "1", { email, email_verified: true });
  await logInAs(scene, "2", { email, email_verified: true });

  assertEquals(await listUsers(scene), [
    { subjects: ["1"], email, email_verified: true },
    { subjects: ["2"], email, email_verified: true },
  ]);
});

for (const emailVerified of [true, "true"]) {
  Deno.test(`A3: a config that links does so when the provider says ${typeof emailVerified} true`, async () => {
    await using scene = await setScene(stack, linking);

    await logInAs(scene, "1", { email, email_verified: emailVerified });
    await logInAs(scene, "2", { email: "ADA@example.com", email_verified: emailVerified });

    assertEquals(await listUsers(scene), [{
      subjects: ["1", "2"],
      email: "ADA@example.com",
      email_verified: true,
    }]);
  });
}

Deno.test("A3: addresses that only fold to one outside of ASCII are two", async () => {
  await using scene = await setScene(stack, linking);

  await logInAs(scene, "1", { email: "kelvin@example.com", email_verified: true });
  await logInAs(scene, "2", { email: "\u212Aelvin@example.com", email_verified: true });

  assertEquals((await listUsers(scene)).map(({ subjects }) => subjects), [["1"], ["2"]]);
});

Deno.test("A3: one address in two organizations is two users", async () => {
  await using first = await setScene(stack, linking);
  await using second = await setScene(stack, linking);

  const one = await logInAs(first, "1", { email, email_verified: true });
  const two = await logInAs(second, "1", { email, email_verified: true });

  assertNotEquals(one, two);
});

/** Logs somebody in and returns the user's id. */
async function logInAs(scene: Scene, sub: string, claims: Record<string, unknown>): Promise<string> {
  scene.provider.program({ person: { sub, ...claims } });
  const { tokens } = await logIn(scene);
  return JSON.parse(atob(tokens.access_token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/"))).sub;
}

async function listUsers({ tenant }: Scene): Promise<Record<string, unknown>[]> {
  const rows = await stack.sql`
    select array_agg(identity.subject order by identity.subject) as subjects, person.email, person.email_verified
    from public.mcp_server_user as person
    join public.mcp_server_user_identities as identity on identity.mcp_server_user_id = person.id
    where person.organization_id = ${tenant.organizationId}
    group by person.id order by 1`;
  return rows.map((row) => ({ ...row }));
}
