import { assert, assertEquals, assertMatch } from "@std/assert";
import { residentBytesOf } from "../../supabase/local/processes/process_table.ts";
import { approve, openBrowser, readLocation } from "../support/client/browser.ts";
import { attemptAuthorization, postMessage } from "../support/client/mcp_client.ts";
import { startMcpServer } from "../support/mcp_server/scripted.ts";
import { findFunctionWorkers } from "../support/stack/function_workers.ts";
import { logIn, obtainCode, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { listEvents } from "../support/stack/tenant.ts";

// In a larger heap V8 collects garbage later, and memory would tell less of what is kept.
const stack = await useStack("own", { workers: 2, heapMegabytes: 96 });
const MEGABYTE = 1024 * 1024;
/** How much more memory a worker may have than at the start of an attack. */
const ALLOWED_BYTES = 64 * MEGABYTE;
/** As long as an access token may be. */
const LARGE_TOKEN = "t".repeat(32 * 1024);

Deno.test("A29: tokens of 32 kB in 2,000 MCP sessions leave a worker within 64 MB of its start", async () => {
  await using mcp = startMcpServer();
  await using scene = await setScene(stack, {
    server: { upstream_url: mcp.url },
    program: { answerTokens: (members) => Response.json({ ...members, access_token: LARGE_TOKEN }) },
  });
  const { tokens } = await logIn(scene);
  const call = async (): Promise<void> => {
    const headers = { "Mcp-Session-Id": crypto.randomUUID() };
    const response = await postMessage(
      scene.tenant.mcpUrl,
      tokens.access_token,
      { id: 1, method: "ping" },
      headers,
    );
    assertEquals(response.status, 200);
    await response.body?.cancel();
    mcp.received.length = 0;
  };
  await repeat(100, call);
  await using memory = await watchMemory();

  await repeat(2000, call);

  memory.assertWithin(ALLOWED_BYTES);
});

Deno.test("A29: the documents and keys of 300 providers leave a worker within 64 MB of its start", async () => {
  await using provider = startHostileProvider();
  await using scene = await setScene(stack);
  let count = 0;
  const logInAtNext = async (): Promise<void> => {
    await moveConfig(scene, `${provider.origin}/${crypto.randomUUID()}`);
    const browser = openBrowser();
    const upstream = await approve(browser, attemptAuthorization(scene.client).url);
    const callback = new URL(upstream.searchParams.get("redirect_uri") ?? "");
    callback.searchParams.set("state", upstream.searchParams.get("state") ?? "");
    callback.searchParams.set("code", "a-code");
    const returned = await readLocation(await browser.get(callback));
    assertEquals(returned.searchParams.get("error"), "temporarily_unavailable");
    count++;
  };
  await repeat(10, logInAtNext, 1);
  await using memory = await watchMemory();

  await repeat(300, logInAtNext, 1);

  assertEquals(count, 310);
  memory.assertWithin(ALLOWED_BYTES);
});

const REFUSED: [what: string, answer: Record<string, unknown>, reason: string][] = [
  ["access token", { access_token: "t".repeat(700_000) }, "upstream_token_too_large"],
  ["id_token", { id_token: `a.${"t".repeat(700_000)}.c` }, "upstream_token_too_large"],
];
for (const [what, answer, reason] of REFUSED) {
  Deno.test(`A29: an ${what} of 700 kB ends the login, and the audit says why`, async () => {
    await using scene = await setScene(stack, {
      program: { answerTokens: (members) => Response.json({ ...members, ...answer }) },
    });

    const returned = await approveAndReturn(scene);

    assertEquals(returned.searchParams.get("error"), "server_error");
    assertMatch(
      returned.searchParams.get("error_description") ?? "",
      /^Cannot log in: a token of the provider is too large \(request [0-9a-f-]{36}\)$/,
    );
    assertEquals((await listEvents(stack, scene.tenant.organizationId)).at(-1), `login_failed:${reason}`);
  });
}

Deno.test("A29: a refresh token of 700 kB and a name of 400 kB are left out, and the login goes on", async () => {
  await using scene = await setScene(stack, {
    program: {
      answerTokens: (members) => Response.json({ ...members, refresh_token: "r".repeat(700_000) }),
      answerUserinfo: (claims) => Response.json({ ...claims, name: "n".repeat(400_000), locale: "en" }),
    },
  });

  await obtainCode(scene);

  const [row] = await stack.sql`
    select profile_data as profile, (select refresh_token_ciphertext from public.upstream_oauth_tokens
                     where organization_id = ${scene.tenant.organizationId}) as refresh_token
    from public.mcp_server_user where organization_id = ${scene.tenant.organizationId}`;
  assertEquals([row?.["refresh_token"], row?.["profile"].locale], [null, "en"]);
  assert(JSON.stringify(row?.["profile"]).length < 33_000);
});

Deno.test("A29: whoever fills a worker with tokens pushes out nothing of another organization", async () => {
  await using mcp = startMcpServer();
  await using honest = await setScene(stack, { server: { upstream_url: mcp.url } });
  await using hostile = await setScene(stack, {
    server: { upstream_url: mcp.url },
    program: { answerTokens: (members) => Response.json({ ...members, access_token: LARGE_TOKEN }) },
  });
  const [honestLogin, hostileLogin] = [await logIn(honest), await logIn(hostile)];
  const call = async (
    { tenant }: Scene,
    accessToken: string,
    headers: Record<string, string> = {},
  ): Promise<number> => {
    const response = await postMessage(tenant.mcpUrl, accessToken, { id: 1, method: "ping" }, headers);
    await response.body?.cancel();
    return response.status;
  };
  const callHonest = (): Promise<number> => call(honest, honestLogin.tokens.access_token);
  await Promise.all(Array.from({ length: 8 }, callHonest));

  await repeat(400, async () => {
    await call(hostile, hostileLogin.tokens.access_token, { "Mcp-Session-Id": crypto.randomUUID() });
  });
  // What the workers still hold is used though the database says otherwise.
  await stack.sql`
    update public.mcp_proxy_tokens
    set revoked_at = now(), revoked_reason = 'revoked_by_client', expires_at = now()
    where organization_id = ${honest.tenant.organizationId}`;

  const answers = [];
  for (let turn = 0; turn < 4; turn++) {
    answers.push(await callHonest());
  }
  assertEquals(answers, [200, 200, 200, 200]);
});

interface Watch extends AsyncDisposable {
  assertWithin: (bytes: number) => void;
}

/** Watches the memory of each worker of the stack from now on. */
async function watchMemory(): Promise<Watch> {
  const workers = await findFunctionWorkers(stack.pid);
  assertEquals(workers.length, 2);
  const start = await Promise.all(workers.map(residentBytesOf));
  const most = [...start];
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      const present = await Promise.all(workers.map(residentBytesOf));
      present.forEach((bytes, index) => most[index] = Math.max(most[index]!, bytes));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    assertWithin(bytes): void {
      const grown = most.map((peak, index) => Math.round((peak - start[index]!) / MEGABYTE));
      assert(Math.max(...grown) * MEGABYTE <= bytes, `The workers grew by ${grown.join(" and ")} MB`);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      isOver = true;
      await watching;
    },
  };
}

async function repeat(times: number, step: () => Promise<void>, abreast = 8): Promise<void> {
  let left = times;
  await Promise.all(Array.from({ length: abreast }, async () => {
    while (left-- > 0) {
      await step();
    }
  }));
}

/** Any issuer's metadata, as long as Gatepost takes it, and 60 keys with ids of 4,000 characters. */
function startHostileProvider(): { origin: string } & AsyncDisposable {
  const abort = new AbortController();
  const listening = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: (): void => undefined };
  const server = Deno.serve(listening, (request) => {
    const { origin, pathname } = new URL(request.url);
    const [, name, ...rest] = pathname.split("/");
    const issuer = `${origin}/${name}`;
    const fill = (member: string): string => `${issuer}/${member}?${"x".repeat(1900)}`;
    switch (rest.at(-1)) {
      case "openid-configuration":
        return Response.json({
          issuer,
          authorization_endpoint: fill("authorize"),
          token_endpoint: fill("token"),
          userinfo_endpoint: fill("userinfo"),
          revocation_endpoint: fill("revoke"),
          jwks_uri: fill("jwks"),
          prompt_values_supported: Array.from({ length: 1000 }, (_, index) => `prompt-${index}`),
        });
      case "jwks":
        return Response.json({
          keys: Array.from({ length: 60 }, (_, index) => ({
            kty: "RSA",
            kid: `${index}-${"k".repeat(4000)}`,
            n: "A".repeat(4000),
            e: "AQAB",
          })),
        });
      default:
        return new Response(null, { status: 503 });
    }
  });
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    async [Symbol.asyncDispose](): Promise<void> {
      abort.abort();
      await server.finished;
    },
  };
}

async function moveConfig({ tenant }: Scene, issuer: string): Promise<void> {
  await stack.sql`update public.custom_oauth_configs set issuer = ${issuer} where id = ${tenant.configId}`;
}

async function approveAndReturn(scene: Scene): Promise<URL> {
  const { url } = attemptAuthorization(scene.client);
  const browser = openBrowser();
  const upstream = await approve(browser, url);
  return await readLocation(await browser.get(await readLocation(await browser.get(upstream))));
}
