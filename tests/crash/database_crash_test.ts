import { assert, assertEquals } from "@std/assert";
import { postForm, postMessage, refreshForm, type Tokens } from "../support/client/mcp_client.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { connect } from "../../supabase/local/database/connect.ts";

const stack = await useStack();
const PEOPLE = 8;
const CRASHES = 2;

Deno.test("a database that goes down and comes back under load costs nobody their login", async () => {
  await using scene = await setScene(stack);
  const people = [];
  for (let index = 0; index < PEOPLE; index++) {
    people.push(await logIn(scene));
  }
  const state = { ended: false };

  const loads = people.map(({ tokens }) => keepRefreshing(scene, tokens, state));
  for (let crash = 0; crash < CRASHES; crash++) {
    await until(() => loads.every(({ progress }) => progress.refreshes > crash * 2 || isOver(progress)));
    await crashDatabase();
  }
  const before = loads.map(({ progress }) => progress.refreshes);
  await until(() =>
    loads.every(({ progress }, index) => progress.refreshes > before[index]! + 1 || isOver(progress))
  );
  state.ended = true;
  const results = await Promise.all(loads.map(({ finished }) => finished));

  assertEquals(results.flatMap(({ unexpected }) => unexpected), []);
  assert(results.some(({ retries }) => retries > 0), "nobody noticed that the database was down");
  for (const { tokens } of results) {
    const response = await postMessage(scene.tenant.mcpUrl, tokens.access_token, { id: 1, method: "ping" });
    await response.body?.cancel();
    assertEquals(response.status, 200);
  }
});

interface Progress {
  tokens: Tokens;
  refreshes: number;
  retries: number;
  unexpected: string[];
}

function isOver({ unexpected }: Progress): boolean {
  return unexpected.length > 0;
}

/** Refreshes one after the other, and presents the same token again after a failure of the moment. */
function keepRefreshing(
  { client }: Scene,
  tokens: Tokens,
  state: { ended: boolean },
): { progress: Progress; finished: Promise<Progress> } {
  const progress: Progress = { tokens, refreshes: 0, retries: 0, unexpected: [] };
  const refresh = async (): Promise<Progress> => {
    while (!state.ended && !isOver(progress)) {
      const form = refreshForm(client, progress.tokens.refresh_token);
      const response = await postForm(client.discovery.token_endpoint, form);
      const text = await response.text();
      if (response.status === 200) {
        progress.tokens = JSON.parse(text) as Tokens;
        progress.refreshes++;
      } else if (response.status === 503 && response.headers.has("Retry-After")) {
        progress.retries++;
        await new Promise((resolve) => setTimeout(resolve, 100));
      } else {
        progress.unexpected.push(`${response.status} ${text}`);
      }
    }
    return progress;
  };
  return { progress, finished: refresh() };
}

/** One backend that dies by a signal takes all others with it: PostgreSQL recovers as after a crash. */
async function crashDatabase(): Promise<void> {
  const victim = connect(stack.adminUrl, 1);
  const [backend] = await victim`select pg_backend_pid() as pid`;
  Deno.kill(Number(backend!["pid"]), "SIGKILL");
  await victim.end({ timeout: 1 }).catch(() => undefined);
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 90_000;
  while (!condition()) {
    if (Date.now() > deadline) {
      throw new Error("The load stands still");
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
