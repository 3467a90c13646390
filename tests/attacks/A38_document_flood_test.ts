/**
 * Requests that cost us little and a third party a fetch each.
 *
 * @module
 */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertShown } from "../support/client/attack_answers.ts";
import { assertionForm, makeClientKey, signAssertion } from "../support/client/assertions.ts";
import { openBrowser } from "../support/client/browser.ts";
import { attemptAuthorization, postForm, register } from "../support/client/mcp_client.ts";
import { type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { startWorker, type Worker } from "../support/stack/worker.ts";

const stack = await useStack();
const REDIRECT_URI = "https://app.example.com/callback";
const CLIENT_ID = "https://app.example.com/oauth/client.json";
const FLOOD = 500;

type Answer = (url: string) => Response | Promise<Response>;

interface Network extends AsyncDisposable {
  worker: Worker;
  asked: string[];
  clock: { time: number };
  answer: Answer;
}

/** A worker as it is deployed, in a network that answers what the test says. */
async function startNetwork(answer: Answer): Promise<Network> {
  const asked: string[] = [];
  const clock = { time: Date.now() };
  const worker = await startWorker(stack, {
    config: { allowPrivateUpstreams: false },
    now: () => clock.time,
    resolve: () => Promise.resolve(["93.184.215.14"]),
    fetch: async (input) => {
      const { url } = new Request(input);
      asked.push(url);
      return await network.answer(url);
    },
  });
  const network: Network = {
    worker,
    asked,
    clock,
    answer,
    [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
  };
  return network;
}

function setOpenScene({ worker }: Network): Promise<Scene> {
  return setScene(stack, {
    publicUrl: worker.publicUrl,
    shape: "github",
    server: { metadata_document_policy: "open" },
  });
}

function describe(clientId: string): Response {
  return Response.json({ client_id: clientId, client_name: "App", redirect_uris: [REDIRECT_URI] });
}

async function ask({ client }: Scene, clientId = CLIENT_ID): Promise<Response> {
  const { url } = attemptAuthorization({ ...client, clientId, redirectUri: REDIRECT_URI });
  return await openBrowser().get(url);
}

/** Asks so many times, a hundred at once, and counts the answers. */
async function flood(scene: Scene, nameClient: (number: number) => string): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {};
  for (let round = 0; round < FLOOD; round += 100) {
    await Promise.all(Array.from({ length: 100 }, async (_, index) => {
      const { status, body } = await ask(scene, nameClient(round + index));
      await body?.cancel();
      statuses[status] = (statuses[status] ?? 0) + 1;
    }));
  }
  return statuses;
}

const floods: [what: string, answer: Answer, status: number, fetches: number][] = [
  ["a document that is missing", () => new Response(null, { status: 404 }), 401, 1],
  ["a document behind a wall against robots", () => new Response("<html>", { status: 403 }), 503, 1],
  ["a document whose host fails", () => Promise.reject(new TypeError("connection refused")), 503, 1],
  ["a document that is wrong", () => describe("https://app.example.com/other.json"), 401, 1],
  ["a document that is there and says nothing of how long", describe, 200, 10],
];
for (const [what, answer, status, fetches] of floods) {
  Deno.test(`A38: ${FLOOD} requests for ${what} ask its host at most ${fetches} times`, async () => {
    await using network = await startNetwork(answer);
    await using scene = await setOpenScene(network);

    const statuses = await flood(scene, () => CLIENT_ID);

    assertEquals(statuses, { [status]: FLOOD });
    assertEquals(network.asked.length <= fetches, true, `${network.asked.length} fetches`);
  });
}

Deno.test(`A38: ${FLOOD} requests for as many documents ask one host at most 30 times`, async () => {
  await using network = await startNetwork(() => new Response(null, { status: 404 }));
  await using scene = await setOpenScene(network);

  const statuses = await flood(scene, (number) => `https://app.example.com/${number}.json`);

  assertEquals([statuses, network.asked.length], [{ 401: 30, 503: FLOOD - 30 }, 30]);
});

Deno.test("A38: a document that was there goes on while its host is flooded, and while it is in trouble", async () => {
  await using network = await startNetwork(describe);
  await using scene = await setOpenScene(network);
  await (await ask(scene)).body?.cancel();
  network.answer = () => new Response("<html>Just a moment...</html>", { status: 403 });
  await flood(scene, (number) => `https://app.example.com/${number}.json`);

  const page = await assertShown(await ask(scene), 200);

  assertStringIncludes(page, "App");
});

Deno.test("A38: a document that has come back is there seconds later", async () => {
  await using network = await startNetwork(() => new Response(null, { status: 503 }));
  await using scene = await setOpenScene(network);
  const page = await assertShown(await ask(scene), 503);
  network.answer = describe;
  network.clock.time += 5_000;

  await assertShown(await ask(scene), 200);

  assertStringIncludes(page, "Wait a moment and load this page again");
});

Deno.test(`A38: ${FLOOD} assertions of keys that nobody knows ask a stranger's host at most 10 times`, async () => {
  await using network = await startNetwork(() => Response.json({ keys: [] }));
  await using scene = await setScene(stack, { publicUrl: network.worker.publicUrl, shape: "github" });
  const client = await register(scene.client.discovery, {
    token_endpoint_auth_method: "private_key_jwt",
    jwks_uri: "https://victim.example/jwks.json",
  });
  const key = await makeClientKey(undefined, "ES256");

  const statuses = new Set<number>();
  for (let round = 0; round < FLOOD; round += 100) {
    await Promise.all(Array.from({ length: 100 }, async () => {
      const assertion = await signAssertion(client.clientId, scene.tenant.issuer, key);
      const response = await postForm(`${network.worker.publicUrl}/oauth-revoke/${scene.tenant.slug}`, {
        token: "none",
        ...assertionForm(assertion),
      });
      await response.body?.cancel();
      statuses.add(response.status);
    }));
  }

  assertEquals([...statuses].filter((status) => ![401, 503].includes(status)), []);
  assertEquals(network.asked.length <= 10, true, `${network.asked.length} fetches`);
});
