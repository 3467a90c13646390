/**
 * What works with an MCP server directly works through the gateway: both lines of the SDK, servers and clients.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { useStack } from "../support/stack/stack.ts";
import {
  type ClientKind,
  connectClient,
  record,
  type ReferenceClient,
} from "../support/client/reference_clients.ts";
import { largeText } from "../support/mcp_server/reference/features.ts";
import {
  type ReferenceKind,
  type ReferenceServer,
  startReferenceServer,
} from "../support/mcp_server/reference/servers.ts";
import { setGatewayScene } from "../support/stack/gateway_scene.ts";

const stack = await useStack();

const pairs: [ReferenceKind, ClientKind][] = [
  ["SDK 1, stateful", "SDK 1"],
  ["SDK 1, stateful", "SDK 2 in 2025-11-25"],
  ["SDK 2, stateful", "SDK 1"],
  ["SDK 2, stateful", "SDK 2 in 2025-11-25"],
  ["SDK 2, stateless", "SDK 1"],
  ["SDK 2, stateless", "SDK 2 in 2025-11-25"],
  ["SDK 2, stateless", "SDK 2 in 2026-07-28"],
];
for (const [serverKind, clientKind] of pairs) {
  Deno.test(`a server of ${serverKind}, is to a client of ${clientKind} the same directly and through the gateway`, async () => {
    await using server = startReferenceServer(serverKind);
    await using scene = await setGatewayScene(stack, { server: { upstream_url: server.url } });
    const [directly, through] = [record(), record()];

    const expected = await exercise(
      await connectClient(clientKind, server.url, undefined, directly),
      server,
      directly,
    );
    server.bearers.clear();
    const actual = await exercise(
      await connectClient(clientKind, scene.tenant.mcpUrl, scene.accessToken, through),
      server,
      through,
    );

    assertEquals(actual, expected);
    assertEquals(new Set(through.requests), new Set(directly.requests));
    assertWorked(actual, serverKind, clientKind);
    const [bearer = "", ...others] = server.bearers;
    assertEquals([others.length, bearer.startsWith("upstream-access-")], [0, true]);
    assertEquals(through.received().includes(bearer.slice(-20)), false);
  });
}

interface Transcript {
  [step: string]: unknown;
}

/** Does with a client whatever can be done, and tells what came of it. */
async function exercise(
  client: ReferenceClient,
  server: ReferenceServer,
  { streaming }: { streaming: Promise<void> },
): Promise<Transcript> {
  const attempt = (step: Promise<unknown>): Promise<unknown> =>
    step.catch((error: Error) => `refused: ${error.message}`);
  const progress: unknown[] = [];
  const name = crypto.randomUUID();
  const isStateful = server.countSessions() > 0;
  // Without sessions the older revision has no way to say which call is given up.
  const canCancel = isStateful || client.version() === "2026-07-28";
  const transcript: Transcript = {
    version: client.version(),
    server: client.serverName(),
    tools: await client.listTools(),
    resources: await client.listResources(),
    greeting: await client.readResource("test://greeting"),
    person: await client.readResource("test://people/7"),
    nowhere: await attempt(client.readResource("test://nowhere")),
    prompt: await client.getPrompt("greet", { name: "Ada" }),
    echo: await client.callTool("echo", { value: 'ünï\u2028 "quoted" 漢字' }),
    unknownTool: await attempt(client.callTool("no-such-tool", {})),
    count: await client.callTool("count", { to: 5 }, { onprogress: (step) => void progress.push(step) }),
    progress,
    messages: client.messages,
    ask: await attempt(client.callTool("ask", { question: "What is it?" })),
    confirm: await attempt(client.callTool("confirm", {})),
    large: await client.callTool("large", { bytes: 1_000_000 }),
    cancelled: canCancel ? await cancel(client, server, name) : "not possible",
  };
  if (isStateful) {
    await streaming;
    transcript["announce"] = await client.callTool("announce", {});
    await client.listChanged;
    const before = server.countSessions();
    await client.terminate();
    transcript["sessionsEnded"] = before - server.countSessions();
  }
  await client.close();
  return transcript;
}

/** Gives a call up, and waits until the server knows. */
async function cancel(
  client: ReferenceClient,
  { sightings }: ReferenceServer,
  name: string,
): Promise<string> {
  const giveUp = new AbortController();
  const call = client.callTool("wait", { name }, { signal: giveUp.signal }).then(
    () => "answered",
    () => "given up",
  );
  await sightings.started(name);
  giveUp.abort();
  const outcome = await call;
  await sightings.cancelled(name);
  return outcome;
}

/** So that two failures do not pass as the same. */
function assertWorked(transcript: Transcript, serverKind: ReferenceKind, clientKind: ClientKind): void {
  const isModern = clientKind === "SDK 2 in 2026-07-28";
  const said = (step: string): string => JSON.stringify(transcript[step]);
  assert(said("tools").includes('"confirm"'));
  assert(said("greeting").includes("Hello") && said("person").includes("person 7"));
  assert(said("prompt").includes("Greet Ada"));
  assert(said("large").includes(largeText(1_000_000)));
  assertEquals((transcript["progress"] as unknown[]).length, 5);
  assertEquals([transcript["cancelled"], transcript["version"]], [
    isModern || serverKind !== "SDK 2, stateless" ? "given up" : "not possible",
    isModern ? "2026-07-28" : "2025-11-25",
  ]);
  if (isModern || serverKind !== "SDK 2, stateless") {
    assert(said("ask").includes("the model says") && said("ask").includes("42"), said("ask"));
    assert(said("confirm").includes("the person says accept"), said("confirm"));
  }
  if (serverKind !== "SDK 2, stateless") {
    assertEquals([(transcript["messages"] as unknown[]).length, transcript["sessionsEnded"]], [5, 1]);
  }
}
