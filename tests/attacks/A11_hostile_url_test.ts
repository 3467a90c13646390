import { assertEquals } from "@std/assert";
import { attemptAuthorization, discover } from "../support/client/mcp_client.ts";
import { assertRefused } from "../support/client/attack_answers.ts";
import { approve, openBrowser } from "../support/client/browser.ts";
import { setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { countRows } from "../support/stack/tenant.ts";

const stack = await useStack();

const hostileUrls = [
  "javascript:alert(1)",
  "JavaScript:alert(1)",
  "java\tscript:alert(1)",
  "file:///etc/passwd",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:msgbox(1)",
  "blob:https://app.example.com/1",
  "about:blank",
  "//app.example.com",
  'https://app.example.com/"><script>alert(1)</script>',
  "https://app.example.com/'onload='alert(1)",
  "https://app.example.com/`id`",
  "https://app.example.com/$(id)",
  "https://app.example.com/;id",
  "https://app.example.com/?a=$IFS;b",
  "com.example.app:/$(id)",
  "cursor://anysphere.cursor-deeplink/;id",
  "https://app.example.com/|id",
  "https://app.example.com/ id",
  "https://app.example.com/\r\nX-Evil: 1",
  "https://user:password@app.example.com/",
  "https://app.example.com/\u0000",
  "https://аpp.example.com/",
];

Deno.test("A11: URLs that a client registers", async (t) => {
  await using scene = await setScene(stack);
  const { registration_endpoint: endpoint } = await discover(scene.tenant.mcpUrl);

  for (const url of hostileUrls) {
    for (const member of ["client_uri", "logo_uri", "tos_uri", "policy_uri"]) {
      await t.step(`A11: ${member} ${JSON.stringify(url)} is neither stored nor answered`, async () => {
        const response = await registerWith(endpoint, { [member]: url });

        const { client_id, ...answer } = await response.json();
        const [stored] = await stack.sql`
          delete from public.mcp_client_registrations where client_id = ${client_id} returning client_metadata`;
        assertEquals([response.status, member in answer, member in stored?.client_metadata], [
          201,
          false,
          false,
        ]);
      });
    }
    await t.step(`A11: keys at ${JSON.stringify(url)} are refused`, async () => {
      const response = await registerWith(endpoint, {
        token_endpoint_auth_method: "private_key_jwt",
        jwks_uri: url,
      });

      await assertRefused(response, 400, "invalid_client_metadata");
    });
  }
  for (const url of [...hostileUrls, "http://app.example.com/callback", "urn:ietf:wg:oauth:2.0:oob"]) {
    await t.step(`A11: the redirect URI ${JSON.stringify(url)} is refused, beside a good one`, async () => {
      const response = await registerWith(endpoint, {
        redirect_uris: ["https://app.example.com/callback", url],
      });

      await assertRefused(response, 400, "invalid_redirect_uri");
    });
  }
  assertEquals(await countRows(stack, "mcp_client_registrations", scene.tenant.organizationId), 1);
});

Deno.test("A11: URLs that an organization stores", async (t) => {
  await using scene = await setScene(stack);
  const columns: [string, string, string[]][] = [
    ["custom_oauth_configs", scene.tenant.configId, [
      ...["issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"],
      ...["revocation_endpoint", "emails_endpoint"],
    ]],
    ["mcp_servers", scene.tenant.serverId, ["upstream_url", "resource"]],
  ];

  for (const url of hostileUrls.filter((url) => !url.includes("\u0000"))) {
    for (const [table, id, names] of columns) {
      await t.step(`A11: ${table} takes ${JSON.stringify(url)} in no column`, async () => {
        const taken: string[] = [];
        for (const name of names) {
          const update = stack.sql`
            update public.${stack.sql(table)} set ${stack.sql(name)} = ${url} where id = ${id}`;
          await update.then(() => taken.push(name), () => undefined);
        }

        assertEquals(taken, []);
      });
    }
  }
});

for (
  const url of ["javascript:alert(1)", "file:///etc/passwd", "data:text/html,x"]
) {
  Deno.test(`A11: a discovered authorization endpoint ${url} is no place to send a browser to`, async () => {
    await using scene = await setScene(stack, { program: { metadata: { authorization_endpoint: url } } });

    const returned = await approve(openBrowser(), attemptAuthorization(scene.client).url);

    assertEquals(`${returned.origin}${returned.pathname}`, scene.client.redirectUri);
    assertEquals(returned.searchParams.get("error"), "server_error");
  });
}

async function registerWith(endpoint: string, metadata: Record<string, unknown>): Promise<Response> {
  return await fetch(endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ redirect_uris: ["https://app.example.com/callback"], ...metadata }),
  });
}
