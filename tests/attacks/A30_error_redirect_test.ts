import { assertEquals, assertStringIncludes } from "@std/assert";
import { assertRefused, assertShown } from "../support/client/attack_answers.ts";
import { openBrowser, readLocation } from "../support/client/browser.ts";
import { attemptAuthorization, register } from "../support/client/mcp_client.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { countRows } from "../support/stack/tenant.ts";

const stack = await useStack();
const REDIRECT_URI = "https://evil.example/landing?campaign=1";

const errors: Record<string, Record<string, string | undefined>> = {
  "prompt=none": { prompt: "none" },
  "two prompts, one of them none": { prompt: "none login" },
  "the method plain": { code_challenge_method: "plain" },
  "no challenge": { code_challenge: undefined, code_challenge_method: undefined },
  "the response type token": { response_type: "token" },
  "no response type": { response_type: undefined },
  "the response mode form_post": { response_mode: "form_post" },
  "a resource that is not ours": { resource: "https://evil.example/mcp" },
  "a request object": { request: "eyJhbGciOiJub25lIn0.e30." },
  "a nonce without end": { nonce: "n".repeat(5000) },
};

for (const [name, parameters] of Object.entries(errors)) {
  Deno.test(`A30: a stranger's client is not redirected to without a click by ${name}, and the page names its host`, async () => {
    await using scene = await setScene(stack, { client: { redirect_uris: [REDIRECT_URI] } });
    const { url } = attemptAuthorization(scene.client, parameters);

    const page = await assertShown(await openBrowser().get(url), 400);

    assertStringIncludes(page, "evil.example");
    assertEquals(page.includes("landing"), false);
    assertEquals(await countRows(stack, "mcp_authorization_sessions", scene.tenant.organizationId), 0);
  });
}

Deno.test("A30: a described client that nobody has logged in with is not redirected to either", async () => {
  await using documents = serveDocument();
  await using scene = await setScene(stack, { server: { metadata_document_policy: "open" } });
  const client = { ...scene.client, clientId: documents.clientId, redirectUri: REDIRECT_URI };
  const { url } = attemptAuthorization(client, { prompt: "none" });

  assertStringIncludes(await assertShown(await openBrowser().get(url), 400), "evil.example");
});

Deno.test("A30: an approval that comes to no login does not make a stranger's client one that is redirected to", async () => {
  await using scene = await setScene(stack, { client: { redirect_uris: [REDIRECT_URI] } });
  const browser = openBrowser();
  const { url } = attemptAuthorization(scene.client);
  const form = /name="form" value="([^"]+)"/.exec(await (await browser.get(url)).text())![1]!;
  const approval = await browser.post(url, { form, decision: "approve" });
  await approval.body?.cancel();
  assertEquals(approval.status, 303);

  await assertSilentRefusalShown(scene);
});

Deno.test("A30: a client that somebody has logged in with is told its errors", async () => {
  await using scene = await setScene(stack);
  await logIn(scene);
  const { url } = attemptAuthorization(scene.client, { prompt: "none" });

  const returned = await readLocation(await openBrowser().get(url));

  assertEquals(returned.searchParams.get("error"), "consent_required");
});

const hostileSchemes = [
  "ms-msdt:/id%20PCWDiagnostic",
  "ms-msdt://id",
  "ms-officecmd://x",
  "ms-appinstaller://?source=https://evil.example/a.msix",
  "search-ms://query=x",
  "search:x",
  "shell:startup",
  "shell://startup",
  "smb://evil.example/share",
  "vbscript://x",
  "javascript://evil.example/%0aalert(1)",
  "data://text/html,x",
  "itms-services://?action=download-manifest",
  "evil:callback",
  "evil:/callback",
];
for (const uri of hostileSchemes) {
  Deno.test(`A30: nobody registers ${uri}`, async () => {
    await using scene = await setScene(stack);

    const response = await fetch(scene.client.discovery.registration_endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ redirect_uris: [uri], token_endpoint_auth_method: "none" }),
    });

    await assertRefused(response, 400, "invalid_redirect_uri");
  });
}

const appSchemes = [
  "cursor://anysphere.cursor-mcp/oauth/callback",
  "vscode://github.copilot/callback",
  "raycast://oauth?package_name=Extension",
  "kiro://kiro.oauth/callback",
  "com.example.app:/oauth",
  "msal5e3ce6c0-2b1f-4285-8d4b-75ee78787346://auth",
];
for (const uri of appSchemes) {
  Deno.test(`A30: an app registers ${uri} and asks for consent with it`, async () => {
    await using scene = await setScene(stack);
    const client = await register(scene.client.discovery, { redirect_uris: [uri] });

    const { url } = attemptAuthorization(client);

    await assertShown(await openBrowser().get(url), 200);
  });
}

async function assertSilentRefusalShown({ client }: Scene): Promise<void> {
  const { url } = attemptAuthorization(client, { prompt: "none" });
  await assertShown(await openBrowser().get(url), 400);
}

/** A described client, on loopback, which the stack allows. */
function serveDocument(): AsyncDisposable & { clientId: string } {
  const listening = { hostname: "127.0.0.1", port: 0, onListen: (): void => undefined };
  const server: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
    listening,
    (): Response => Response.json({ client_id: clientId, redirect_uris: [REDIRECT_URI] }),
  );
  const clientId = `http://127.0.0.1:${server.addr.port}/client.json`;
  return { clientId, [Symbol.asyncDispose]: () => server.shutdown() };
}
