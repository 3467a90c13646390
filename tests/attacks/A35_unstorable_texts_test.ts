import { assert, assertEquals } from "@std/assert";
import { attemptAuthorization, postForm, postMessage, refreshForm } from "../support/client/mcp_client.ts";
import { approve, openBrowser, readLocation } from "../support/client/browser.ts";
import { startMcpServer } from "../support/mcp_server/scripted.ts";
import { until } from "../support/run/until.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();
/** What PostgreSQL cannot store, or not in a column for texts of a person's length. */
const TEXTS: Record<string, string> = {
  "a NUL": "a\u0000b",
  "half a surrogate pair": "a\ud800b",
  "the other half": "\udfffa",
  "300 characters": "x".repeat(300),
  "300 characters of two halves": "\u{1f600}".repeat(300),
};

for (const [what, text] of Object.entries(TEXTS)) {
  Deno.test(`A35: ${what} in a name, an address, a claim or a scope of the provider locks nobody out`, async () => {
    const claims = {
      name: text,
      email: `${text}@example.com`,
      locale: text,
      [text]: text,
      nested: { [text]: [text] },
    };
    await using scene = await setScene(stack, {
      program: {
        answerTokens: (members) => Response.json({ ...members, scope: text, token_type: text }),
        answerUserinfo: (said) => Response.json({ ...said, ...claims }),
        idTokenClaims: claims,
      },
    });
    const { tokens } = await logIn(scene);

    const [user] = await stack.sql`
      select email, profile_data as profile from public.mcp_server_user
      where organization_id = ${scene.tenant.organizationId}`;
    const isUsable = text.isWellFormed() && !text.includes("\0");
    // 320 characters are an address; one that cannot be stored as it is belongs to nobody.
    assertEquals(user?.["email"], isUsable && claims.email.length <= 320 ? claims.email : null);
    assertEquals(user?.["profile"].name, text.replaceAll("\0", "").toWellFormed());
    assert(tokens.access_token.length > 0);
  });

  Deno.test(`A35: ${what} in a subject is refused with a reason of its own, and the refusal is logged as an error`, async () => {
    await using scene = await setScene(stack, {
      shape: "github",
      program: { answerUserinfo: (said) => Response.json({ ...said, id: text }) },
    });

    const returned = await returnFrom(scene);

    const reason = text.length >= 300 ? "subject_too_long" : "subject_malformed";
    assertEquals(returned.searchParams.get("error"), "server_error");
    const [event] = await stack.sql`
      select event, reason from public.mcp_audit_events
      where organization_id = ${scene.tenant.organizationId} order by id desc limit 1`;
    assertEquals({ ...event }, { event: "login_failed", reason });
    const line = await findLogLine(scene.tenant.slug, reason);
    assertEquals([line?.["level"], line?.["endpoint"]], ["error", "oauth-callback"]);
  });

  Deno.test(`A35: ${what} in what a client says of itself is cleaned, and in what it asks is no fault of ours`, async () => {
    await using mcp = startMcpServer();
    await using scene = await setScene(stack, {
      server: { upstream_url: mcp.url },
      client: { client_name: text },
    });
    const { client, tenant } = scene;
    const { tokens } = await logIn(scene, { state: text, nonce: text, login_hint: text.slice(0, 200) })
      .catch(() => logIn(scene));
    const [registered] = await stack.sql`
      select client_name from public.mcp_client_registrations where client_id = ${client.clientId}`;
    const name = String(registered?.["client_name"]);
    assert(name.length <= 200 && name.isWellFormed() && !name.includes("\0"));

    const { token_endpoint: endpoint, registration_endpoint } = client.discovery;
    const form = refreshForm(client, tokens.refresh_token);
    const authorization = { Authorization: `Bearer ${tokens.access_token}` };
    const json = { method: "POST", headers: { "Content-Type": "application/json", ...authorization } };
    const parameters = [
      "scope",
      "state",
      "client_id",
      "nonce",
      "tracking_id",
      "ui_locales",
      "prompt",
      "max_age",
    ];
    const answers = await Promise.all([
      ...Object.keys({ ...form, scope: "", resource: "", client_secret: "", client_assertion: "" }).map((
        member,
      ) => postForm(endpoint, { ...form, refresh_token: `gpr_${"A".repeat(65)}`, [member]: text })),
      ...parameters.map(async (parameter) =>
        await fetch(attemptAuthorization(client, { [parameter]: text }).url, {
          headers: { Accept: "application/json" },
          redirect: "manual",
        })
      ),
      ...["client_name", "scope", "software_id", "client_uri", "jwks_uri", text].map((member) =>
        fetch(registration_endpoint, {
          ...json,
          body: JSON.stringify({ redirect_uris: [client.redirectUri], [member]: text }),
        })
      ),
      fetch(`${stack.status.PUBLIC_URL}/oauth-configs`, {
        ...json,
        body: JSON.stringify({ id: text, name: text }),
      }),
      postMessage(tenant.mcpUrl, tokens.access_token, { id: 1, method: text, params: { name: text } }),
    ]);

    for (const answer of answers) {
      const body = await answer.text();
      assert(
        answer.status < 500,
        `${answer.url.slice(0, 80)} answers ${answer.status}: ${body.slice(0, 200)}`,
      );
    }
  });
}

Deno.test("A35: an error that nobody expected is logged as an error with its cause", async () => {
  await using scene = await setScene(stack);
  await stack.sql`
    update public.custom_oauth_configs set client_secret_ciphertext = 'x' where id = ${scene.tenant.configId}`;

  await returnFrom(scene);

  const line = await findLogLine(scene.tenant.slug, "client_secret_unreadable");
  assertEquals(line?.["level"], "error");
  assert(String(line?.["cause"]).startsWith("UnreadableSecret"));
});

/** Logs in up to where the browser is sent back to the client. */
async function returnFrom({ client }: Scene): Promise<URL> {
  const browser = openBrowser();
  const upstream = await approve(browser, attemptAuthorization(client).url);
  return await readLocation(await browser.get(await readLocation(await browser.get(upstream))));
}

/** The line of the functions' log for a server and a reason; it is written a moment after the answer. */
function findLogLine(server: string, reason: string): Promise<Record<string, unknown>> {
  return until(`${reason} is logged`, async () => {
    // The last line may still be being written.
    const lines = (await Deno.readTextFile(stack.logFile)).split("\n").slice(0, -1);
    return lines.map((line) => JSON.parse(line)).find((line) =>
      line.server === server && line.reason === reason
    );
  });
}
