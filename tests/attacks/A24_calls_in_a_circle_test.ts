import { assertEquals } from "@std/assert";
import { postMessage } from "../support/client/mcp_client.ts";
import { readAnswer } from "../support/client/attack_answers.ts";
import { startProvider } from "../support/provider/provider.ts";
import { type FaultProxy, startFaultProxy } from "../support/stack/fault_proxy.ts";
import { useStack } from "../support/stack/stack.ts";
import { makeTenant } from "../support/stack/tenant.ts";

const stack = await useStack();
const { PUBLIC_URL } = stack.status;

/** Makes a server without sign-in under a slug, which the gateway has not been asked for. */
async function makeServer(slug: string, upstreamUrl: string): Promise<string> {
  await using provider = await startProvider();
  const server = { slug, auth_type: "none", custom_oauth_config_id: null, upstream_url: upstreamUrl };
  await makeTenant(stack, provider, { server });
  return `${PUBLIC_URL}/mcp/${slug}`;
}

/** A name of the organization's own that leads to a server of this gateway. */
function leadTo(proxy: FaultProxy, slug: string): string {
  return `${proxy.url}${new URL(PUBLIC_URL).pathname}/mcp/${slug}`;
}

function newSlug(): string {
  return `loop-${crypto.randomUUID().slice(0, 13)}`;
}

async function call(url: string): Promise<unknown[]> {
  const { status, body } = await readAnswer(await postMessage(url, "none", { id: 1, method: "ping" }));
  return [status, body["error"]];
}

Deno.test("A24: a server whose address is its own, or another's, at this gateway is not called", async () => {
  const slug = newSlug();
  const addresses = [`${PUBLIC_URL}/mcp/${slug}`, `${PUBLIC_URL}/mcp/demo`, `${PUBLIC_URL}/oauth-token/demo`];
  for (const [index, address] of addresses.entries()) {
    const own = index === 0 ? slug : newSlug();

    assertEquals(await call(await makeServer(own, address)), [508, "loop_detected"], address);
  }
});

Deno.test("A24: a call through a name that leads back here ends at the first hop that comes back", async () => {
  await using proxy = startFaultProxy(new URL(PUBLIC_URL).origin);
  const slug = newSlug();
  const url = await makeServer(slug, leadTo(proxy, slug));

  assertEquals(await call(url), [508, "loop_detected"]);
  assertEquals(proxy.seen().length, 1);
});

Deno.test("A24: two servers in a circle end at the first hop that comes back", async () => {
  await using proxy = startFaultProxy(new URL(PUBLIC_URL).origin);
  const [one, two] = [newSlug(), newSlug()];
  const url = await makeServer(one, leadTo(proxy, two));
  await makeServer(two, leadTo(proxy, one));

  assertEquals(await call(url), [508, "loop_detected"]);
  assertEquals(proxy.seen().length, 1);
});
