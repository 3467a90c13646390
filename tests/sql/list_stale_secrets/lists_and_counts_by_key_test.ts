import { assertEquals } from "@std/assert";
import { base64url } from "jose";
import {
  call,
  findSqlState,
  openDatabase,
  type Row,
  type TestDatabase,
} from "../../support/database/database.ts";
import { buildApproval, issueFamily, makeTenant, type Tenant } from "../../support/database/rows.ts";

/** A database of one test: the functions see all of it. */
async function withDatabase(act: (database: TestDatabase, tenant: Tenant) => Promise<void>): Promise<void> {
  const database = await openDatabase();
  try {
    await act(
      database,
      await makeTenant(database, { config: { client_secret_ciphertext: sealed("old", "secret") } }),
    );
  } finally {
    await database.close();
  }
}

/** A text of the shape of a JWE under a key; nothing here opens it. */
function sealed(kid: string, name: string): string {
  return `${
    base64url.encode(JSON.stringify({ alg: "dir", enc: "A256GCM", kid, typ: name }))
  }..${name}.${name}.${name}`;
}

/** Three logins: one under the old key, one under the new, one whose refresh token alone is old. */
async function fill(database: TestDatabase, tenant: Tenant): Promise<void> {
  for (const [access, refresh] of [["old", "old"], ["new", "new"], ["new", "old"]] as const) {
    await issueFamily(database, tenant, {
      approval: { p_request_ciphertext: sealed("old", "request") },
      completion: { p_access_token: sealed(access, "access"), p_refresh_token: sealed(refresh, "refresh") },
    });
  }
  await call(
    database.service,
    "open_authorization_session",
    buildApproval(tenant, {
      p_request_ciphertext: sealed("old", "request"),
    }),
  );
}

const TABLES = ["custom_oauth_configs", "upstream_oauth_tokens", "mcp_authorization_sessions"];

/** Goes on until a batch is empty. */
async function readBatches(database: TestDatabase, name: string, args: Row): Promise<Row[]> {
  const batches: Row[] = [];
  let p_after = "";
  while (true) {
    const batch = await call(database.service, name, { ...args, p_after, p_limit: 2 });
    if (batch.examined === 0) {
      return batches;
    }
    batches.push(batch);
    p_after = String(batch.last_id);
  }
}

Deno.test("count_sealed_secrets counts every secret by what it is and by its key, batch by batch", () =>
  withDatabase(async (database, tenant) => {
    await fill(database, tenant);

    const counts: Record<string, number> = {};
    const examined: string[] = [];
    for (const p_table of TABLES) {
      for (const batch of await readBatches(database, "count_sealed_secrets", { p_table })) {
        examined.push(`${p_table} ${batch.examined}`);
        for (const [secret, keys] of Object.entries(batch.counts as Record<string, Record<string, number>>)) {
          for (const [key, secrets] of Object.entries(keys)) {
            counts[`${secret} ${key}`] = (counts[`${secret} ${key}`] ?? 0) + secrets;
          }
        }
      }
    }

    assertEquals(counts, {
      "client_secret old": 1,
      "access_token old": 1,
      "access_token new": 2,
      "refresh_token old": 2,
      "refresh_token new": 1,
      // The three that were claimed cannot be opened again.
      "login_under_way old": 1,
    });
    assertEquals(examined.filter((batch) => batch.startsWith("upstream")), [
      "upstream_oauth_tokens 2",
      "upstream_oauth_tokens 1",
    ]);
  }));

Deno.test("list_stale_secrets lists what stands under another key than the given one, and no login under way", () =>
  withDatabase(async (database, tenant) => {
    await fill(database, tenant);

    const found: Row[] = [];
    for (const p_table of TABLES) {
      for (const batch of await readBatches(database, "list_stale_secrets", { p_table, p_key_id: "new" })) {
        found.push(...batch.secrets as Row[]);
      }
    }

    assertEquals(found.map(({ secret }) => secret).sort(), [
      "access_token",
      "client_secret",
      "refresh_token",
      "refresh_token",
    ]);
    assertEquals(found[0], {
      id: tenant.configId,
      organization_id: tenant.organizationId,
      secret: "client_secret",
      ciphertext: sealed("old", "secret"),
    });
  }));

Deno.test("a text that is no JWE stands under no key, and stops nobody", () =>
  withDatabase(async (database, tenant) => {
    const odd = [
      "plain",
      "",
      "eyJ!..a.b.c",
      "e30..a.b.c",
      "////..a.b.c",
      `${base64url.encode("{}{")}..a.b.c`,
      "W10.a",
    ];
    for (const p_access_token of odd) {
      await issueFamily(database, tenant, { completion: { p_access_token, p_refresh_token: null } });
    }

    const { counts } = await call(database.service, "count_sealed_secrets", {
      p_table: "upstream_oauth_tokens",
      p_after: "",
      p_limit: 100,
    });
    const { secrets } = await call(database.service, "list_stale_secrets", {
      p_table: "upstream_oauth_tokens",
      p_key_id: "new",
      p_after: "",
      p_limit: 100,
    });

    assertEquals([counts, (secrets as Row[]).length], [{ access_token: { "": odd.length } }, odd.length]);
  }));

Deno.test("a table without ciphertexts is raised", () =>
  withDatabase(async ({ service }) => {
    const args = { p_table: "mcp_server_user", p_after: "", p_limit: 1 };

    assertEquals(
      [
        await findSqlState(() => call(service, "count_sealed_secrets", args)),
        await findSqlState(() => call(service, "list_stale_secrets", { ...args, p_key_id: "new" })),
      ],
      ["22023", "22023"],
    );
  }));
