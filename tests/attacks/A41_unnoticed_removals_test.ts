import { assertEquals, assertRejects } from "@std/assert";
import { OAuthError } from "../../functions/_shared/errors.ts";
import { buildSafeFetch } from "../../functions/_shared/http/safe_fetch.ts";
import { openUnread } from "../support/functions/dependencies.ts";
import { buildForward } from "../../functions/mcp/forward/forward.ts";
import { wholeBody } from "../../functions/mcp/forward/request_body.ts";
import { attemptAuthorization } from "../support/client/mcp_client.ts";
import { openBrowser, openConsent } from "../support/client/browser.ts";
import { startMcpServer } from "../support/mcp_server/scripted.ts";
import { logIn, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { countRows, makeConfig, makeTenant } from "../support/stack/tenant.ts";
import { startWorker } from "../support/stack/worker.ts";

const stack = await useStack();

Deno.test("A41: a GET approves nothing, with the person's own form and browser", async () => {
  await using scene = await setScene(stack);
  const browser = openBrowser();
  const { url } = attemptAuthorization(scene.client);
  const form = await openConsent(browser, url);
  const approving = new URL(`${url.origin}${url.pathname}`);
  approving.search = new URLSearchParams({ form, decision: "approve" }).toString();
  const alsoAsking = new URL(url);
  alsoAsking.searchParams.set("form", form);
  alsoAsking.searchParams.set("decision", "approve");

  const answers = [await browser.get(approving), await browser.get(alsoAsking)];

  for (const answer of answers) {
    await answer.body?.cancel();
    assertEquals([answer.headers.get("Location"), answer.headers.get("Set-Cookie")], [null, null]);
  }
  assertEquals(answers[0]?.status, 400);
  assertEquals(await countRows(stack, "mcp_authorization_sessions", scene.tenant.organizationId), 0);
});

Deno.test("A41: a token that a worker has just verified for one server opens no other server there", async () => {
  await using mcp = startMcpServer();
  await using scene = await setScene(stack, { server: { upstream_url: mcp.url } });
  const { organizationId, slug } = scene.tenant;
  const sibling = await makeTenant(stack, scene.provider, {
    organizationId,
    server: { upstream_url: mcp.url },
  });
  const { tokens } = await logIn(scene);
  const reasons: string[] = [];
  await using worker = await startWorker(stack, {
    config: { publicUrl: stack.status.PUBLIC_URL },
    log: ({ reason }) => reasons.push(reason),
  });
  const call = async (called: string): Promise<number> => {
    const response = await worker.handle(
      new Request(`http://edge/mcp/${called}`, {
        method: "POST",
        headers: { "Authorization": `Bearer ${tokens.access_token}`, "Content-Type": "application/json" },
        body: "{}",
      }),
    );
    await response.body?.cancel();
    return response.status;
  };

  const statuses = [await call(slug), await call(sibling.slug), await call(slug)];

  assertEquals([statuses, mcp.received.length], [[200, 401, 200], 2]);
  // SQL would refuse the token as well, later and for another reason.
  assertEquals(reasons, ["ok", "access_token_invalid", "ok"]);
});

Deno.test("A41: no config of the platform links by address, whoever writes it", async () => {
  await using scene = await setScene(stack);

  const error = await assertRejects(() =>
    makeConfig(stack, null, scene.provider, { link_verified_email: true })
  );

  assertEquals(
    (error as { constraint_name?: string }).constraint_name,
    "platform_config_never_links_by_email",
  );
});

Deno.test("A41: an MCP server has 140 seconds to begin its answer, and then the call ends", async () => {
  await using mcp = startMcpServer(({ signal }) =>
    new Promise((resolve) => {
      // It answers at last, so that a call without a limit ends as well.
      const timer = setTimeout(() => resolve(new Response()), 20_000);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve(new Response());
      });
    })
  );
  const unasked = { replace: refuse, end: refuse };
  const unmarked = { mark: (): Promise<[string, string]> => Promise.resolve(["x-mark", "1"]) };
  const request = new Request("http://edge/mcp/demo", { method: "POST" });
  const call = { userId: null, identityToken: undefined, entry: undefined, renew: (): void => undefined };
  using timers = shortenTimers();

  const error = await assertRejects(
    () =>
      buildForward(unasked, unmarked)(
        request,
        wholeBody(new ArrayBuffer(0)),
        mcp.url,
        call,
        openUnread(request),
      ),
    OAuthError,
  );

  assertEquals([error.reason, timers.longest()], ["mcp_server_timeout", 140_000]);
});

const SLOW: [what: string, answer: () => Response | Promise<Response>][] = [
  ["begins no answer", () => new Promise<Response>(() => undefined)],
  [
    "begins an answer and does not end it",
    () => new Response(new ReadableStream({ start: (stream) => stream.enqueue(new Uint8Array(1)) })),
  ],
];
for (const [what, answer] of SLOW) {
  Deno.test(`A41: a provider that ${what} is given up after ten seconds`, async () => {
    const abort = new AbortController();
    const listening = {
      hostname: "127.0.0.1",
      port: 0,
      signal: abort.signal,
      onListen: (): void => undefined,
    };
    const server = Deno.serve(listening, () => Promise.race([answer(), stopped(abort.signal)]));
    using limit = shortenTimeouts();

    const error = await assertRejects(
      () => buildSafeFetch({ allowPrivateUpstreams: true })(`http://127.0.0.1:${server.addr.port}/`),
      OAuthError,
    );

    abort.abort();
    await server.finished;
    assertEquals([error.reason, limit.asked], ["upstream_unreachable", [10_000]]);
  });
}

function refuse(): Promise<never> {
  throw new Error("The vault was asked");
}

function stopped(signal: AbortSignal): Promise<Response> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(new Response())));
}

/** Lets every timer of more than a second end at once, and remembers how long it should have taken. */
function shortenTimers(): Disposable & { longest: () => number } {
  const original = globalThis.setTimeout;
  const asked: number[] = [];
  const clock = performance.now.bind(performance);
  let ahead = 0;
  performance.now = () => clock() + ahead;
  globalThis.setTimeout = ((callBack: () => void, milliseconds = 0, ...others: []) => {
    if (milliseconds <= 1000) {
      return original(callBack, milliseconds, ...others);
    }
    asked.push(milliseconds);
    return original(() => {
      ahead += milliseconds;
      callBack();
    }, 50);
  }) as typeof setTimeout;
  return {
    longest: () => Math.max(...asked),
    [Symbol.dispose](): void {
      globalThis.setTimeout = original;
      performance.now = clock;
    },
  };
}

/** Lets every `AbortSignal.timeout` end after a moment, and remembers how long it should have taken. */
function shortenTimeouts(): Disposable & { asked: number[] } {
  const original = AbortSignal.timeout;
  const asked: number[] = [];
  AbortSignal.timeout = (milliseconds) => {
    asked.push(milliseconds);
    return original.call(AbortSignal, 200);
  };
  return {
    asked,
    [Symbol.dispose](): void {
      AbortSignal.timeout = original;
    },
  };
}
