import { assertEquals, assertRejects } from "@std/assert";
import * as z from "zod/mini";
import {
  connectDatabase,
  type Database,
  defineCall,
  toFailure,
} from "../../functions/_shared/database/database.ts";
import { serverSchema } from "../../functions/_shared/database/rows.ts";
import { OAuthError, toOAuthError } from "../../functions/_shared/errors.ts";
import { buildServer, SLUG } from "../support/database/records.ts";

const findMcpServer = defineCall(
  "find_mcp_server",
  z.discriminatedUnion("outcome", [
    z.object({ outcome: z.literal("found"), server: serverSchema }),
    z.object({ outcome: z.literal("unknown_server") }),
  ]),
);

const registerMcpClient = defineCall(
  "register_mcp_client",
  z.object({ outcome: z.string() }),
  ["p_initial_access_token_hash", "p_client_secret_hash", "p_client_name"],
);

/** A database that answers this row to every call. */
function answering(row: unknown): Database {
  return { call: () => Promise.resolve(row) };
}

/** The database behind a REST layer. */
function connect(url: string): Database {
  return connectDatabase({ url, key: "sb_secret_test" });
}

const OUT_OF_REACH = "Cannot answer now: the database is out of reach, try again";

const PASSING: [code: string, meaning: string][] = [
  ["40001", "a serialization failure"],
  ["40P01", "a deadlock"],
  ["55P03", "a lock that is not available"],
  ["57014", "a cancelled statement"],
  ["57P01", "an administrator's shutdown"],
  ["57P03", "a database that starts"],
  ["53100", "a full disk"],
  ["53300", "too many connections"],
  ["08006", "a lost connection"],
  ["25006", "a replica that cannot write"],
  ["PGRST000", "a database that refuses the connection"],
  ["PGRST001", "a connection that broke"],
  ["PGRST002", "a schema cache that cannot be built"],
  ["PGRST003", "a connection pool that is exhausted"],
  ["", "a request that did not reach the REST layer"],
];
for (const [code, meaning] of PASSING) {
  Deno.test(`the database's ${code || "error without a code"} is a failure of the moment: ${meaning}`, () => {
    const failure = toOAuthError(toFailure({ code, message: "secret detail" }));

    assertEquals(
      [failure.code, failure.message, failure.reason, failure.headers],
      ["temporarily_unavailable", OUT_OF_REACH, "database_unavailable", { "Retry-After": "5" }],
    );
  });
}

Deno.test("an answer of the gateway before the REST layer is trouble of the moment, whatever it calls a code", () => {
  // As the embedded REST layer answers while it starts or stops.
  const failure = toOAuthError(toFailure({ code: 503, message: "Service is starting or has stopped" }));

  assertEquals([failure.code, failure.reason], ["temporarily_unavailable", "database_unavailable"]);
});

const BUGS = [
  "23505",
  "22004",
  "42883",
  "42501",
  "P0001",
  "22P05",
  "PGRST202",
  "PGRST301",
  "PGRST116",
  "54000",
];
for (const code of BUGS) {
  Deno.test(`the database's ${code} is a bug, and its text stays inside`, () => {
    const failure = toFailure({ code, message: "duplicate key value (person@example.com)" });

    const error = toOAuthError(failure);

    assertEquals([error.code, error.message], [
      "server_error",
      "Cannot answer: an unexpected error occurred",
    ]);
    assertEquals(
      [failure.message, (failure as { code?: unknown }).code],
      ["The database refused a call", code],
    );
  });
}

Deno.test("a call goes out under the SQL name with its arguments, and its outcome comes back parsed", async () => {
  const made: unknown[] = [];
  const database: Database = {
    call: (name, args) => {
      made.push([name, args]);
      return Promise.resolve({ outcome: "found", server: { ...buildServer(), column_of_tomorrow: 1 } });
    },
  };

  const finding = await findMcpServer(database, { p_slug: SLUG });

  assertEquals(made, [["find_mcp_server", { p_slug: SLUG }]]);
  assertEquals(finding, { outcome: "found", server: buildServer() });
});

Deno.test("arguments and members that SQL does not have, or has otherwise, do not compile", async () => {
  const database = answering({ outcome: "unknown_server" });
  const typed = { p_slug: SLUG, p_initial_access_token_hash: null, p_client_secret_hash: null };
  const rest = { p_client_name: null, p_redirect_uris: [], p_grant_types: [], p_client_metadata: {} };

  await registerMcpClient(database, { ...typed, ...rest, p_token_endpoint_auth_method: "none" });
  // @ts-expect-error -- an argument is missing
  await registerMcpClient(database, { ...typed, ...rest });
  // @ts-expect-error -- an argument is misspelled
  await registerMcpClient(database, { ...typed, ...rest, p_token_endpoint_auth: "none" });
  // @ts-expect-error -- an argument may not be null
  await registerMcpClient(database, { ...typed, ...rest, p_token_endpoint_auth_method: null });
  // @ts-expect-error -- an argument is of another type
  await registerMcpClient(database, { ...typed, ...rest, p_token_endpoint_auth_method: 1 });
  // @ts-expect-error -- there is no such function
  defineCall("find_mcp_servers", z.object({ outcome: z.string() }));
  // @ts-expect-error -- the function has no such argument
  defineCall("find_mcp_server", z.object({ outcome: z.string() }), ["p_name"]);
  // @ts-expect-error -- the row has no such member
  defineCall("find_mcp_server", z.object({ outcome: z.string(), client: z.string() }));
  // @ts-expect-error -- the function returns a row and no text
  defineCall("find_mcp_server", z.string());
  // @ts-expect-error -- the function returns a text and no row
  defineCall("reseal_oauth_config", z.object({ outcome: z.string() }));
});

const UNPARSED: [what: string, result: unknown][] = [
  ["an outcome that nobody knows", { outcome: "elsewhere" }],
  ["an outcome without its members", { outcome: "found" }],
  ["nothing", null],
  ["a list", []],
];
for (const [what, result] of UNPARSED) {
  Deno.test(`a call that answers ${what} is a bug`, async () => {
    const error = await assertRejects(() => findMcpServer(answering(result), { p_slug: SLUG }));

    assertEquals(toOAuthError(error).code, "server_error");
  });
}

/** Serves the REST layer's answer to every request while a step runs. */
async function withRest(
  answer: (request: Request) => Response | Promise<Response>,
  step: (url: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, answer);
  try {
    await step(`http://127.0.0.1:${server.addr.port}`);
  } finally {
    await server.shutdown();
  }
}

Deno.test("the database is called through the REST layer with the secret key", async () => {
  let seen: unknown;
  await withRest(async (request) => {
    seen = {
      method: request.method,
      path: new URL(request.url).pathname,
      apikey: request.headers.get("apikey"),
      body: await request.json(),
    };
    return Response.json({ outcome: "unknown_server" });
  }, async (supabaseUrl) => {
    const finding = await findMcpServer(connect(supabaseUrl), { p_slug: SLUG });

    assertEquals(finding, { outcome: "unknown_server" });
  });
  assertEquals(seen, {
    method: "POST",
    path: "/rest/v1/rpc/find_mcp_server",
    apikey: "sb_secret_test",
    body: { p_slug: SLUG },
  });
});

const ANSWERED: [what: string, answer: () => Response, code: string][] = [
  [
    "a deadlock",
    () => Response.json({ code: "40P01", message: "deadlock detected" }, { status: 500 }),
    "temporarily_unavailable",
  ],
  [
    "a page of a gateway",
    () => new Response("<html>Bad gateway</html>", { status: 502, headers: { "Content-Type": "text/html" } }),
    "temporarily_unavailable",
  ],
  [
    "a unique violation",
    () => Response.json({ code: "23505", message: "person@example.com" }, { status: 409 }),
    "server_error",
  ],
  ["another shape", () => Response.json({ outcome: "found", server: {} }), "server_error"],
];
for (const [what, answer, code] of ANSWERED) {
  Deno.test(`the REST layer's ${what} is ${code}`, async () => {
    await withRest(answer, async (supabaseUrl) => {
      const database = connect(supabaseUrl);

      const error = toOAuthError(await assertRejects(() => findMcpServer(database, { p_slug: SLUG })));

      assertEquals([error.code, error.message.includes("person@example.com")], [code, false]);
    });
  });
}

Deno.test("a REST layer that nobody runs is a failure of the moment", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  const database = connect(`http://127.0.0.1:${port}`);

  const error = await assertRejects(() => findMcpServer(database, { p_slug: SLUG }), OAuthError);

  assertEquals(error.code, "temporarily_unavailable");
});
