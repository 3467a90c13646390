import { assertEquals, assertStringIncludes } from "@std/assert";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { assertShown } from "../support/client/attack_answers.ts";
import { approve, openBrowser } from "../support/client/browser.ts";
import { type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { countRows } from "../support/stack/tenant.ts";
import { startWorker, type Worker } from "../support/stack/worker.ts";

const stack = await useStack();
const REDIRECT_URI = "https://evil.example/callback";

Deno.test("F2: a described client of a host that the server does not list is refused, and nothing is fetched", async () => {
  await using network = await startNetwork();
  await using scene = await setScene(stack, { publicUrl: network.worker.publicUrl });

  await assertShown(await ask(scene, network.publish({})), 401);

  assertEquals(network.asked, []);
});

Deno.test("F2: a described client is shown with its own claim and its redirect host, and only its document is fetched", async () => {
  await using network = await startNetwork();
  await using scene = await setOpenScene(network);
  const clientId = network.publish({ client_name: "Claude", logo_uri: "https://claude.ai/logo.png" });

  const page = await assertShown(await ask(scene, clientId), 200);

  assertStringIncludes(page, "<strong>evil.example</strong>");
  assertStringIncludes(page, "not verified");
  assertEquals(page.includes("logo.png"), false);
  assertEquals(network.asked, [clientId]);
  assertEquals(await countRows(stack, "mcp_client_registrations", scene.tenant.organizationId), 1);
});

const documents: Record<string, Record<string, unknown>> = {
  "names another client_id": { client_id: "https://claude.ai/oauth/mcp-oauth-client-metadata" },
  "has a secret": { client_secret: "known-to-everybody" },
  "authenticates with a secret": { token_endpoint_auth_method: "client_secret_post" },
  "redirects elsewhere": { redirect_uris: ["https://other.example/callback"] },
  "redirects to javascript": { redirect_uris: ["javascript:alert(1)", REDIRECT_URI] },
  "has no redirect URI": { redirect_uris: [] },
  "is larger than 5 KB": { padding: "x".repeat(6 * 1024) },
  "offers keys alone and names none": { token_endpoint_auth_method: "private_key_jwt" },
};
for (const [name, document] of Object.entries(documents)) {
  Deno.test(`F2: a client whose document ${name} is shown an error`, async () => {
    await using network = await startNetwork();
    await using scene = await setOpenScene(network);

    const response = await ask(scene, network.publish(document));

    assertEquals([response.status >= 400 && response.status < 500, response.headers.get("Location")], [
      true,
      null,
    ]);
    await response.body?.cancel();
    assertEquals(await countRows(stack, "mcp_client_registrations", scene.tenant.organizationId), 1);
  });
}

Deno.test("F2: what a document hides in its name is not shown", async () => {
  await using network = await startNetwork();
  await using scene = await setOpenScene(network);

  const page = await assertShown(await ask(scene, network.publish({ client_name: "\u202eedualC\n" })), 200);

  assertStringIncludes(page, "<h1>Connect edualC to ");
});

const hostileIds = [
  "http://evil.example/client.json",
  "https://127.0.0.1/client.json",
  "https://169.254.169.254/client.json",
  "https://[::ffff:169.254.169.254]/client.json",
  "https://2130706433/client.json",
  "https://claude.ai@evil.example/client.json",
  "https://evil.example/client.json#claude",
  "https://evil.example/a/../client.json",
  "https://evil.example",
  "file:///etc/passwd",
];
for (const clientId of hostileIds) {
  Deno.test(`F2: the client id ${clientId} is fetched from nowhere`, async () => {
    await using network = await startNetwork();
    await using scene = await setOpenScene(network);

    const response = await ask(scene, clientId);

    assertEquals([response.status >= 400, response.headers.get("Location")], [true, null]);
    await response.body?.cancel();
    assertEquals(network.asked, []);
  });
}

Deno.test("F2: a document that changed after the consent page does not change what is approved", async () => {
  await using network = await startNetwork();
  await using scene = await setOpenScene(network);
  const clientId = network.publish({ client_name: "First" });
  const browser = openBrowser();
  const { url } = attemptAuthorization({ ...scene.client, clientId, redirectUri: REDIRECT_URI });

  await approve(browser, url);
  network.publish({ client_name: "Second", redirect_uris: ["https://other.example/callback"] }, clientId);

  const [client] = await stack.sql`
    select client_name, redirect_uris from public.mcp_client_registrations
    where client_id = ${clientId} and mcp_server_id = ${scene.tenant.serverId}`;
  assertEquals({ ...client }, { client_name: "First", redirect_uris: [REDIRECT_URI] });
});

interface Network extends AsyncDisposable {
  worker: Worker;
  asked: string[];
  /** Publishes a valid document with changes, and returns its URL. */
  publish: (changes: Record<string, unknown>, url?: string) => string;
}

/** A worker as it is deployed, in a network where documents are whatever the test publishes. */
async function startNetwork(): Promise<Network> {
  const asked: string[] = [];
  const documents = new Map<string, unknown>();
  const worker = await startWorker(stack, {
    config: { allowPrivateUpstreams: false },
    resolve: () => Promise.resolve(["93.184.215.14"]),
    fetch: (input) => {
      const { url } = new Request(input);
      asked.push(url);
      const document = documents.get(url);
      return Promise.resolve(document ? Response.json(document) : new Response(null, { status: 404 }));
    },
  });
  return {
    worker,
    asked,
    publish(changes, url = `https://evil.example/${crypto.randomUUID()}.json`): string {
      documents.set(url, {
        client_id: url,
        client_name: "A client",
        redirect_uris: [REDIRECT_URI],
        ...changes,
      });
      return url;
    },
    [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
  };
}

/** A server that takes described clients of every host, with a provider that need not be asked. */
function setOpenScene({ worker }: Network): Promise<Scene> {
  return setScene(stack, {
    publicUrl: worker.publicUrl,
    shape: "github",
    server: { metadata_document_policy: "open" },
  });
}

async function ask(scene: Scene, clientId: string): Promise<Response> {
  const { url } = attemptAuthorization({ ...scene.client, clientId, redirectUri: REDIRECT_URI });
  return await openBrowser().get(url);
}
