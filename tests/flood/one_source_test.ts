import { assert, assertEquals } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { measure } from "../soak/measure.ts";
import {
  attemptAuthorization,
  decide,
  discover,
  type Discovery,
  openConsentForm,
  postForm,
  redemptionForm,
  register,
} from "../support/client/mcp_client.ts";
import { logIn, obtainCode, type Scene, setScene } from "../support/stack/scene.ts";
import { type TestStack, useStack } from "../support/stack/stack.ts";

/** Ten thousand in all. */
const FLOOD = { registrations: 6000, approvals: 2000, replays: 2000 };
/** Room for the flood's clients: less than the flood takes. As shipped it is larger than the flood. */
const ROOM = 2000;
const AT_ONCE = 16;
const [FLOODER, NEIGHBOUR, STRANGER] = ["192.0.2.1", "192.0.2.77", "198.51.100.9"] as const;
const FLOOD_PLACE = "https://flood.example.com/callback";
/** So often a person tries before giving up. */
const TRIES = 3;

/** One that the front leaves alone: it overwrites those that tell the real address. */
const ADDRESS_HEADER = "X-Flood-Address";

const known = await useStack("own", { workers: 2, env: { GATEPOST_CLIENT_ADDRESS_HEADER: ADDRESS_HEADER } });
const unknown = await useStack("own", { workers: 2 });

const address = new AsyncLocalStorage<string>();
const send = globalThis.fetch;
globalThis.fetch = (input, init): Promise<Response> => {
  const request = new Request(input, init);
  const from = address.getStore();
  if (from !== undefined) {
    request.headers.set(ADDRESS_HEADER, from);
  }
  return send(request);
};

testFlood("the address of a caller is known", known, "client of one redirect place");
// The redirect place is the source then.
testFlood("no address is known", unknown, "client");

/** Floods a server while two people log in, one from the flood's own source. `bound` is what the flood meets. */
function testFlood(when: string, stack: TestStack, bound: string): void {
  Deno.test(`ten thousand requests of one source keep nobody from a login: ${when}`, async () => {
    await using scene = await setScene(stack);
    await stack.sql`update public.row_bounds set of_source = ${ROOM} where kind = ${bound}`;
    const before = (await measure(stack)).rows;
    const state = { ended: false };

    const honest = [NEIGHBOUR, STRANGER].map((from) =>
      address.run(from, () => keepLoggingIn(scene.client.discovery, state))
    );
    const started = Date.now();
    const answers = await address.run(FLOODER, () => flood(scene));
    const seconds = (Date.now() - started) / 1000;
    state.ended = true;
    const during = await Promise.all(honest);
    const { rows } = await measure(stack);
    const after = await address.run(NEIGHBOUR, () => keepLoggingIn(scene.client.discovery, state));

    // deno-lint-ignore no-console
    console.log(when, `${seconds.toFixed(0)} s`, answers, during, rows);
    assertEquals(Object.keys(answers).filter((answer) => !EXPECTED.has(answer)), []);
    assert(answers["registration 429"]! > 0, "the flood has not reached its bound");
    for (const { logins, failures } of [...during, after]) {
      assertEquals(failures, []);
      assert(logins > 0);
    }
    const logins = during.reduce((sum, { logins }) => sum + logins, 0);
    for (const [table, count] of Object.entries(rows)) {
      const most = BOUNDS[table] ?? 50 + logins * 2;
      assert(count - (before[table] ?? 0) <= most, `${table} grew by ${count}, more than ${most}`);
    }
  });
}

/** What the flood may be answered. A 429 without `Retry-After` is none of these. */
const EXPECTED = new Set([
  "registration 201",
  "registration 429",
  "approval 303",
  "approval 429",
  "replay 400",
]);

/** Rows that a flood from one redirect place may leave; of every other table a few for each honest login. */
const BOUNDS: Record<string, number> = {
  mcp_client_registrations: ROOM + 200,
  mcp_authorization_sessions: FLOOD.approvals + 200,
};

async function flood(scene: Scene): Promise<Record<string, number>> {
  const { client } = scene;
  const { code, attempt } = await obtainCode(scene);
  const replayed = redemptionForm(client, code, attempt.codeVerifier);
  await (await postForm(client.discovery.token_endpoint, replayed)).body?.cancel();
  const approved = attemptAuthorization(
    await register(client.discovery, { redirect_uris: [FLOOD_PLACE] }),
  );
  const registration = JSON.stringify({
    client_name: "Flood",
    redirect_uris: [FLOOD_PLACE],
    token_endpoint_auth_method: "none",
  });
  const requests: Record<string, () => Promise<Response>> = {
    registration: () =>
      fetch(client.discovery.registration_endpoint, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: registration,
      }),
    // A form is good once.
    approval: async () => decide(approved.url, await openConsentForm(approved.url), "approve"),
    replay: () => postForm(client.discovery.token_endpoint, replayed),
  };
  // Of five requests three register, one approves and one replays.
  const turns = ["registration", "approval", "registration", "replay", "registration"];
  const answers: Record<string, number> = {};
  const total = FLOOD.registrations + FLOOD.approvals + FLOOD.replays;
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < total) {
      const kind = turns[next++ % turns.length]!;
      const response = await requests[kind]!();
      await response.body?.cancel();
      const lacks = response.status === 429 && !response.headers.has("Retry-After")
        ? " without Retry-After"
        : "";
      const answer = `${kind} ${response.status}${lacks}`;
      answers[answer] = (answers[answer] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return answers;
}

interface Persistence {
  logins: number;
  /** Tries that were put off. */
  delays: number;
  failures: string[];
}

/** Registers and logs in, again and again, at least once. */
async function keepLoggingIn(discovery: Discovery, state: { ended: boolean }): Promise<Persistence> {
  const persistence: Persistence = { logins: 0, delays: 0, failures: [] };
  const mcpUrl = discovery.resource;
  do {
    let failure: unknown;
    for (let tries = 0; tries < TRIES; tries++) {
      try {
        await logIn({ client: await register(await discover(mcpUrl)) });
        failure = undefined;
        persistence.logins++;
        break;
      } catch (thrown) {
        failure = thrown;
        persistence.delays++;
      }
    }
    if (failure !== undefined) {
      persistence.failures.push(String(failure).slice(0, 300));
    }
  } while (!state.ended);
  return persistence;
}
