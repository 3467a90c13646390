import { assertEquals } from "@std/assert";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { openBrowser, openConsent, readLocation } from "../support/client/browser.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { countRows } from "../support/stack/tenant.ts";
import { startWorker, type Worker } from "../support/stack/worker.ts";

const stack = await useStack();

const hosts = [
  ...["127.0.0.1", "127.1", "0x7f.1", "0177.0.0.1", "2130706433", "0.0.0.0", "localhost", "localhost."],
  ...["10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "0xa9fea9fe", "224.0.0.1"],
  ...["192.0.2.1", "198.18.0.1", "255.255.255.255"],
  ...[
    "[::1]",
    "[::]",
    "[fe80::1]",
    "[fd00::1]",
    "[ff02::1]",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
  ],
  ...["[64:ff9b::a9fe:a9fe]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:db8::1]", "[::127.0.0.1]"],
];

for (const host of hosts) {
  Deno.test(`A10: a configured provider at ${host} is never asked`, async () => {
    await using network = await startIsolatedWorker();
    await using scene = await setScene(stack, { publicUrl: network.worker.publicUrl });
    await configureBehindTheDatabase(scene, `https://${host}`);

    const returned = await approveSomething(scene);

    assertEquals(network.asked, []);
    await assertLedNowhere(returned, scene);
  });
}

const resolutions: Record<string, string[]> = {
  "loopback": ["127.0.0.1"],
  "the metadata service": ["169.254.169.254"],
  "a private address beside a public one": ["93.184.215.14", "10.0.0.1"],
  "a mapped address": ["::ffff:10.0.0.1"],
  "a translated address": ["64:ff9b::a00:1"],
  "nothing": [],
};
for (const [name, addresses] of Object.entries(resolutions)) {
  Deno.test(`A10: a provider whose name leads to ${name} is never asked`, async () => {
    await using network = await startIsolatedWorker(addresses);
    await using scene = await setScene(stack, { publicUrl: network.worker.publicUrl });
    await configureBehindTheDatabase(scene, "https://rebinding.example");

    const returned = await approveSomething(scene);

    assertEquals(network.asked, []);
    await assertLedNowhere(returned, scene);
  });
}

Deno.test("A10: a provider over plain http is never asked", async () => {
  await using network = await startIsolatedWorker(["93.184.215.14"]);
  await using scene = await setScene(stack, { publicUrl: network.worker.publicUrl });
  await configureBehindTheDatabase(scene, "http://accounts.example");

  const returned = await approveSomething(scene);

  assertEquals(network.asked, []);
  await assertLedNowhere(returned, scene);
});

const discovered: Record<string, string> = {
  "a loopback address": "https://127.0.0.1/token",
  "the metadata service": "http://169.254.169.254/latest/meta-data/iam",
  "plain http": "http://accounts.example/token",
};
for (const [name, url] of Object.entries(discovered)) {
  Deno.test(`A10: a discovered token endpoint at ${name} is never asked`, async () => {
    await using network = await startIsolatedWorker(["93.184.215.14"]);
    const issuer = `https://${crypto.randomUUID()}.example`;
    network.documents.set(`${issuer}/.well-known/openid-configuration`, {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: url,
      jwks_uri: url,
      userinfo_endpoint: url,
    });
    await using scene = await setScene(stack, { publicUrl: network.worker.publicUrl });
    await configureBehindTheDatabase(scene, issuer);
    const browser = openBrowser();
    const { url: authorizeUrl } = attemptAuthorization(scene.client);
    const form = await openConsent(browser, authorizeUrl);
    const action = `${authorizeUrl.origin}${authorizeUrl.pathname}`;
    const upstream = await readLocation(await browser.post(action, { form, decision: "approve" }));

    const callback = new URL(`${network.worker.publicUrl}/oauth-callback/${scene.tenant.organizationId}`);
    callback.searchParams.set("state", upstream.searchParams.get("state") ?? "");
    callback.searchParams.set("code", "upstream-code");
    const returned = await readLocation(await browser.get(callback));

    assertEquals(network.asked, [`${issuer}/.well-known/openid-configuration`]);
    await assertLedNowhere(returned, scene);
  });
}

Deno.test("A10: a discovered authorization endpoint over plain http is no place to send a browser to", async () => {
  await using network = await startIsolatedWorker(["93.184.215.14"]);
  const issuer = `https://${crypto.randomUUID()}.example`;
  network.documents.set(`${issuer}/.well-known/openid-configuration`, {
    issuer,
    authorization_endpoint: "http://accounts.example/authorize",
    token_endpoint: `${issuer}/token`,
  });
  await using scene = await setScene(stack, { publicUrl: network.worker.publicUrl });
  await configureBehindTheDatabase(scene, issuer);

  await assertLedNowhere(await approveSomething(scene), scene);
});

const mcpAddresses = [
  "http://127.0.0.1:0/mcp",
  "http://localhost:0/mcp",
  "https://127.0.0.1:0/mcp",
  "https://[::1]:0/mcp",
];
for (
  const address of [
    ...mcpAddresses,
    "https://169.254.169.254/mcp",
    "https://10.0.0.1/mcp",
    "https://0x7f.1:0/mcp",
  ]
) {
  Deno.test(`A10: the gateway calls no MCP server at ${address}`, async () => {
    await using scene = await setScene(stack);
    const { tokens } = await logIn(scene);
    const { port } = new URL(scene.mcpServer.url);
    await stack.sql`
      update public.mcp_servers set upstream_url = ${address.replace(":0/", `:${port}/`)}
      where id = ${scene.tenant.serverId}`;
    await using worker = await startWorker(stack, {
      config: { allowPrivateUpstreams: false, publicUrl: stack.status.PUBLIC_URL },
    });

    const response = await worker.handle(
      new Request(`http://functions.internal/mcp/${scene.tenant.slug}`, {
        method: "POST",
        headers: { Authorization: `Bearer ${tokens.access_token}` },
        body: "{}",
      }),
    );

    assertEquals(response.status, 502);
    await response.body?.cancel();
    assertEquals(scene.mcpServer.received, []);
  });
}

Deno.test("A10: the gateway calls no MCP server over plain http, though its address is public", async () => {
  await using scene = await setScene(stack);
  const { tokens } = await logIn(scene);
  await stack.sql.begin(async (sql) => {
    await sql`alter table public.mcp_servers drop constraint mcp_server_upstream_url_is_a_web_url`;
    await sql`
      update public.mcp_servers set upstream_url = 'http://93.184.215.14/mcp' where id = ${scene.tenant.serverId}`;
    await sql`
      alter table public.mcp_servers
        add constraint mcp_server_upstream_url_is_a_web_url check (public.is_web_url(upstream_url)) not valid`;
  });
  await using worker = await startWorker(stack, {
    config: { allowPrivateUpstreams: false, publicUrl: stack.status.PUBLIC_URL },
  });

  const response = await worker.handle(
    new Request(`http://functions.internal/mcp/${scene.tenant.slug}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${tokens.access_token}` },
      body: "{}",
    }),
  );

  assertEquals([response.status, (await response.json()).error_description], [
    502,
    "Cannot call the MCP server: its address may not be used",
  ]);
});

for (const member of ["jwks_uri", "userinfo_endpoint", "token_endpoint"]) {
  Deno.test(`A10: of a provider whose ${member} alone is over plain http, that place is never asked`, async () => {
    await using network = await startIsolatedWorker(["93.184.215.14"]);
    const issuer = `https://${crypto.randomUUID()}.example`;
    const endpoints = {
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/keys`,
      [member]: "http://accounts.example/plain",
    };
    network.documents.set(`${issuer}/.well-known/openid-configuration`, { issuer, ...endpoints });
    network.documents.set(`${issuer}/keys`, { keys: [{ kty: "EC", crv: "P-256", x: "AA", y: "AA" }] });
    network.documents.set(`${issuer}/token`, { access_token: "a-token", token_type: "Bearer" });
    await using scene = await setScene(stack, { publicUrl: network.worker.publicUrl });
    await configureBehindTheDatabase(scene, issuer);
    if (member === "userinfo_endpoint") {
      await stack.sql`
        update public.custom_oauth_configs set identity_source = 'userinfo' where id = ${scene.tenant.configId}`;
    }
    const browser = openBrowser();
    const { url: authorizeUrl } = attemptAuthorization(scene.client);
    const form = await openConsent(browser, authorizeUrl);
    const action = `${authorizeUrl.origin}${authorizeUrl.pathname}`;
    const upstream = await readLocation(await browser.post(action, { form, decision: "approve" }));
    const callback = new URL(`${network.worker.publicUrl}/oauth-callback/${scene.tenant.organizationId}`);
    callback.searchParams.set("state", upstream.searchParams.get("state") ?? "");
    callback.searchParams.set("code", "upstream-code");
    const returned = await readLocation(await browser.get(callback));

    assertEquals(network.asked.filter((url) => url.startsWith("http:")), []);
    await assertLedNowhere(returned, scene);
  });
}

Deno.test("A10: a public provider is asked, so that the tests above mean something", async () => {
  await using network = await startIsolatedWorker(["93.184.215.14"]);
  await using scene = await setScene(stack, { publicUrl: network.worker.publicUrl });
  await configureBehindTheDatabase(scene, "https://accounts.example");

  await approveSomething(scene);

  assertEquals(network.asked, ["https://accounts.example/.well-known/openid-configuration"]);
});

interface IsolatedNetwork extends AsyncDisposable {
  worker: Worker;
  /** Every address that a request was sent to. */
  asked: string[];
  /** What is found where. */
  documents: Map<string, unknown>;
}

/** A worker as it is deployed, with a name service and a network of the test's own. */
async function startIsolatedWorker(addresses: string[] = ["127.0.0.1"]): Promise<IsolatedNetwork> {
  const asked: string[] = [];
  const documents = new Map<string, unknown>();
  const worker = await startWorker(stack, {
    config: { allowPrivateUpstreams: false },
    resolve: () => Promise.resolve(addresses),
    fetch: (input) => {
      const { url } = new Request(input);
      asked.push(url);
      const document = documents.get(url);
      return Promise.resolve(document ? Response.json(document) : new Response(null, { status: 503 }));
    },
  });
  return { worker, asked, documents, [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose]() };
}

/** Some of these addresses the table itself refuses; here they are in it all the same. */
async function configureBehindTheDatabase({ tenant }: Scene, issuer: string): Promise<void> {
  await stack.sql.begin(async (sql) => {
    await sql`alter table public.custom_oauth_configs drop constraint config_issuer_is_a_web_url`;
    await sql`update public.custom_oauth_configs set issuer = ${issuer} where id = ${tenant.configId}`;
    await sql`
      alter table public.custom_oauth_configs
        add constraint config_issuer_is_a_web_url check (public.is_web_url(issuer)) not valid`;
  });
}

async function approveSomething({ client }: Scene): Promise<URL> {
  const browser = openBrowser();
  const { url } = attemptAuthorization(client);
  const form = await openConsent(browser, url);
  return await readLocation(
    await browser.post(`${url.origin}${url.pathname}`, { form, decision: "approve" }),
  );
}

async function assertLedNowhere(returned: URL, { client, tenant }: Scene): Promise<void> {
  assertEquals(`${returned.origin}${returned.pathname}`, client.redirectUri);
  assertEquals([returned.searchParams.has("error"), returned.searchParams.has("code")], [true, false]);
  assertEquals(await countRows(stack, "mcp_server_user", tenant.organizationId), 0);
}
