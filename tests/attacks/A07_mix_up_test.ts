import { assertEquals } from "@std/assert";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { approve, openBrowser, reachCallback, readLocation } from "../support/client/browser.ts";
import { type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { countRows } from "../support/stack/tenant.ts";

const stack = await useStack();

const mixUps: Record<string, (callback: URL, issuer: string) => void> = {
  "another provider's iss": (callback) => callback.searchParams.set("iss", "https://honest.example"),
  "its own iss and a slash": (callback, issuer) => callback.searchParams.set("iss", `${issuer}/`),
  "no iss, though it announces one": (callback) => callback.searchParams.delete("iss"),
  "two iss": (callback) => callback.searchParams.append("iss", "https://honest.example"),
};
for (const [name, mixUp] of Object.entries(mixUps)) {
  Deno.test(`A7: a callback of a provider with ${name} is refused, and the code goes nowhere`, async () => {
    await using scene = await setScene(stack);
    const browser = openBrowser();
    const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);

    mixUp(callback, scene.provider.issuer);

    await assertCodeStays(await readLocation(await browser.get(callback)), scene);
  });
}

for (const shape of ["google", "github"] as const) {
  Deno.test(`A7: a provider like ${shape} that sends no iss is not believed another's either`, async () => {
    await using scene = await setScene(stack, { shape });
    const browser = openBrowser();
    const callback = await reachCallback(browser, attemptAuthorization(scene.client).url);

    callback.searchParams.set("iss", "https://honest.example");

    await assertCodeStays(await readLocation(await browser.get(callback)), scene);
  });
}

async function assertCodeStays(returned: URL, { provider, tenant }: Scene): Promise<void> {
  assertEquals([returned.searchParams.get("error"), returned.searchParams.get("code")], [
    "server_error",
    null,
  ]);
  assertEquals(provider.requests("token"), []);
  assertEquals(await countRows(stack, "mcp_server_user", tenant.organizationId), 0);
}

Deno.test("A7: a tenant's hostile provider gets no code that another tenant's provider issued without an iss", async () => {
  await using honest = await setScene(stack, { shape: "google" });
  await using hostile = await setScene(stack, { shape: "google" });
  const [attacker, victim] = [openBrowser(), openBrowser()];
  const attackersRequest = await approve(attacker, attemptAuthorization(honest.client).url);
  const victimsRequest = await approve(victim, attemptAuthorization(hostile.client).url);

  // The hostile provider sends the victim on to the honest one, with the attacker's challenge and nonce.
  const forwarded = new URL(attackersRequest);
  forwarded.searchParams.set("state", victimsRequest.searchParams.get("state") ?? "");
  const callback = await readLocation(await victim.get(forwarded));
  const returned = await readLocation(await victim.get(callback));

  assertEquals(callback.searchParams.has("code"), true);
  assertEquals([hostile.provider.requests("token"), honest.provider.requests("token")], [[], []]);
  assertEquals([returned.searchParams.get("error"), returned.searchParams.get("code")], [
    "server_error",
    null,
  ]);
});
