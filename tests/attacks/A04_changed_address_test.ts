import { assertEquals } from "@std/assert";
import { decodeJwt } from "jose";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
const victim = { sub: "1", email: "victim@example.com", email_verified: true };
const attacker = { sub: "2", email: "attacker@example.com", email_verified: true };

for (const linking of [true, false]) {
  Deno.test(`A4: a login whose address became somebody else's stays with its own user, linking ${linking}`, async () => {
    await using scene = await setScene(stack, { config: { link_verified_email: linking } });
    const victimId = await logInAs(scene, victim);
    const attackerId = await logInAs(scene, attacker);

    const afterChange = await logInAs(scene, { ...attacker, email: victim.email });

    assertEquals(afterChange, attackerId);
    assertEquals(await logInAs(scene, victim), victimId);
  });
}

Deno.test("A4: a third subject with an address that two users claim is linked to neither", async () => {
  await using scene = await setScene(stack, { config: { link_verified_email: true } });
  const victimId = await logInAs(scene, victim);
  const attackerId = await logInAs(scene, attacker);
  await logInAs(scene, { ...attacker, email: victim.email });

  const thirdId = await logInAs(scene, { ...victim, sub: "3" });

  assertEquals([victimId, attackerId].includes(thirdId), false);
});

async function logInAs(scene: Scene, person: typeof victim): Promise<string> {
  scene.provider.program({ person });
  const { tokens } = await logIn(scene);
  return decodeJwt(tokens.access_token).sub ?? "";
}
