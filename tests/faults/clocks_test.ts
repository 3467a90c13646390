import { assertEquals } from "@std/assert";
import { decodeJwt } from "jose";
import { discover, register } from "../support/client/mcp_client.ts";
import { setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { startWorker } from "../support/stack/worker.ts";
import { buildCall, travel } from "./support/journey.ts";

const stack = await useStack();
const FIVE_MINUTES = 5 * 60 * 1000;

for (const [name, milliseconds] of [["ahead", FIVE_MINUTES], ["behind", -FIVE_MINUTES]] as const) {
  Deno.test(`a worker whose clock is five minutes ${name} logs people in, and its tokens are good at another`, async () => {
    await using scene = await setScene(stack);
    await using shifted = await startShiftedWorker(milliseconds);
    const client = await register(await discover(`${shifted.publicUrl}/mcp/${scene.tenant.slug}`));
    const tenant = { ...scene.tenant, mcpUrl: client.discovery.resource };
    await using right = await startWorker(stack, { config: { publicUrl: shifted.publicUrl } });

    const { logins, retries, tokens } = await travel({
      ...{ stack, tenant, client },
      worker: { handle: (request) => fetch(request) },
      forget: () => Promise.resolve(),
    });
    const response = await right.handle(buildCall(tenant.mcpUrl, tokens.access_token));

    assertEquals({ logins, retries, status: response.status }, { logins: 1, retries: 0, status: 200 });
    await response.body?.cancel();
    const { iat = 0 } = decodeJwt(tokens.access_token);
    assertEquals(Math.round((iat * 1000 - Date.now()) / 60_000), milliseconds / 60_000, "the clock is right");
  });
}

async function startShiftedWorker(
  milliseconds: number,
): Promise<AsyncDisposable & { publicUrl: string }> {
  const { status, secrets } = stack;
  const process = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-all", "--config", new URL("../../deno.json", import.meta.url).pathname],
      ...[new URL("support/shifted_worker.ts", import.meta.url).href, String(milliseconds)],
      JSON.stringify({ status, secrets }),
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await lines.read();
  return {
    publicUrl: value.trim(),
    async [Symbol.asyncDispose](): Promise<void> {
      process.kill("SIGTERM");
      await lines.cancel();
      await process.status;
    },
  };
}
