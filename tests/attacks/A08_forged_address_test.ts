import { assertEquals } from "@std/assert";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { openBrowser, openConsent } from "../support/client/browser.ts";
import { setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { startWorker } from "../support/stack/worker.ts";

const stack = await useStack();

const forged = {
  "Host": "evil.example",
  "X-Forwarded-Host": "evil.example",
  "X-Forwarded-Proto": "https",
  "X-Forwarded-Port": "8443",
  "X-Forwarded-Prefix": "/evil",
  "X-Forwarded-For": "203.0.113.1",
  "X-Original-URL": "/evil",
  "X-Rewrite-URL": "/evil",
  "Forwarded": "for=203.0.113.1;host=evil.example;proto=https",
};

Deno.test("A8: no forged address changes issuer, metadata, challenge, consent, redirect or cookie", async () => {
  await using scene = await setScene(stack);
  await using worker = await startWorker(stack, { config: { publicUrl: stack.status.PUBLIC_URL } });
  const { slug } = scene.tenant;
  const { url } = attemptAuthorization(scene.client);
  const paths = [
    `oauth/${slug}/.well-known/openid-configuration`,
    `oauth/${slug}/.well-known/oauth-authorization-server`,
    `oauth/${slug}/.well-known/oauth-protected-resource`,
    `mcp/${slug}`,
    `oauth-authorize/${slug}${url.search}`,
    `oauth-jwks`,
  ];

  for (const path of paths) {
    // The platform hands a function an address that it cannot rely on: here it is forged as well.
    const honest = new Request(`http://functions.internal/${path}`, { headers: { Accept: "text/html" } });
    const lying = new Request(`https://evil.example:8443/${path}`, {
      headers: { Accept: "text/html", ...forged },
    });

    assertEquals(await describe(await worker.handle(lying)), await describe(await worker.handle(honest)));
  }
});

Deno.test("A8: an approval at a forged address leads to the configured callback, with the same cookie", async () => {
  await using scene = await setScene(stack);
  await using worker = await startWorker(stack, { config: { publicUrl: stack.status.PUBLIC_URL } });
  const { url } = attemptAuthorization(scene.client);
  const form = await openConsent(openBrowser(), url);

  const response = await worker.handle(
    new Request(`https://evil.example/oauth-authorize/${scene.tenant.slug}`, {
      method: "POST",
      headers: { ...forged, Origin: url.origin },
      body: new URLSearchParams({ form, decision: "approve" }),
    }),
  );

  const location = new URL(response.headers.get("Location") ?? "");
  assertEquals(
    location.searchParams.get("redirect_uri"),
    `${stack.status.PUBLIC_URL}/oauth-callback/${scene.tenant.organizationId}`,
  );
  const cookie = response.headers.get("Set-Cookie") ?? "";
  assertEquals(/domain=/i.test(cookie), false);
  assertEquals(/; Path=\/; HttpOnly; SameSite=Lax; Max-Age=600$/.test(cookie), true);
});

Deno.test("A8: a page of the forged address cannot post the form", async () => {
  await using scene = await setScene(stack);
  await using worker = await startWorker(stack, { config: { publicUrl: stack.status.PUBLIC_URL } });
  const { url } = attemptAuthorization(scene.client);
  const form = await openConsent(openBrowser(), url);

  const response = await worker.handle(
    new Request(`https://evil.example/oauth-authorize/${scene.tenant.slug}`, {
      method: "POST",
      headers: { ...forged, Origin: "https://evil.example" },
      body: new URLSearchParams({ form, decision: "approve" }),
    }),
  );

  assertEquals([response.status, response.headers.get("Location")], [400, null]);
});

Deno.test("A8: over a real connection a forged Host changes nothing either", async () => {
  await using scene = await setScene(stack);
  const { port } = new URL(stack.status.API_URL);
  const path = `/functions/v1/oauth/${scene.tenant.slug}/.well-known/openid-configuration`;

  const answer = await sendRaw(
    Number(port),
    `GET ${path} HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: evil.example\r\nConnection: close\r\n\r\n`,
  );

  const metadata = JSON.parse(/\{.*\}/s.exec(answer)?.[0] ?? "null");
  assertEquals(metadata?.issuer, scene.tenant.issuer);
  assertEquals(answer.includes("evil.example"), false);
});

/** Everything of an answer but what is new each time. */
async function describe(response: Response): Promise<unknown> {
  const body = (await response.text())
    .replaceAll(/nonce="[^"]+"/g, "")
    .replace(/name="form" value="[^"]+"/, "");
  const headers = [...response.headers]
    .filter(([name]) => name !== "x-request-id")
    .map(([name, value]) => [name, value.replace(/nonce-[^']+/, "")]);
  return { status: response.status, headers, body };
}

async function sendRaw(port: number, request: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(request));
  let text = "";
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(16 * 1024);
  for (let count = await connection.read(buffer); count !== null; count = await connection.read(buffer)) {
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return text;
}
