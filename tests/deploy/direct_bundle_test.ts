/**
 * Bundles with the client of PostgreSQL, and what becomes of one without it that is told to use it.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { bundle } from "../../supabase/commands/deploy/bundle_functions.ts";
import { connect } from "../../supabase/local/database/connect.ts";
import { openDatabase } from "../support/database/database.ts";
import { compress } from "../support/deploy/compress.ts";
import { type DeployedFunction, edgeDeno, startDeployed } from "../support/deploy/deployed_function.ts";
import { makeCertificate } from "../support/origin/certificate.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const FOLDER = `${ROOT}.output/direct_bundle_test/`;
/** What the client of PostgreSQL may add, compressed. */
const MOST_BYTES = 35_000;

const database = await openDatabase();
/** Roles belong to the server, and other files may try at the same time: all set the same password. */
const password = "functions-login";
await database.owner.unsafe(`alter role gatepost_functions login password '${password}'`);
const url = Object.assign(new URL(database.adminUrl), { username: "gatepost_functions", password }).href;
Deno.test.afterAll(() => database.close());

for (const prepare of ["false", "true"]) {
  Deno.test({
    name: `a bundle that was made with --direct asks PostgreSQL, with GATEPOST_DATABASE_PREPARE=${prepare}`,
    ignore: edgeDeno === undefined,
    async fn(): Promise<void> {
      await using running = await startOauth(true, { GATEPOST_DATABASE_PREPARE: prepare });

      for (const slug of ["nobody", "nobody-else"]) {
        const answer = await fetch(`${running.origin}/oauth/${slug}/.well-known/openid-configuration`);

        assertEquals([answer.status, (await answer.json()).error], [404, "not_found"]);
      }
    },
  });
}

const TLS: [what: string, certified: string, hasAuthority: boolean, status: number][] = [
  ["whose certificate is of an authority that it is told of", "127.0.0.1", true, 404],
  ["whose certificate is of an authority that it does not know", "127.0.0.1", false, 503],
  ["whose certificate is of another name", "localhost", true, 503],
];
for (const [what, certified, hasAuthority, status] of TLS) {
  Deno.test({
    name: `a server ${what} is ${status === 404 ? "asked" : "told no password"} with TLS`,
    ignore: edgeDeno === undefined,
    async fn(): Promise<void> {
      const authority = await serveTls(certified);
      const encrypted = Object.assign(new URL(url), { search: "?sslmode=verify-full" }).href;
      await using running = await startOauth(true, {
        GATEPOST_DATABASE_URL: encrypted,
        ...(hasAuthority ? { GATEPOST_DATABASE_CA: authority } : {}),
      });

      const answer = await fetch(`${running.origin}/oauth/nobody/.well-known/openid-configuration`);
      await answer.body?.cancel();

      assertEquals(answer.status, status);
    },
  });
}

/** Gives the database a certificate for a host, and answers with the authority's. */
async function serveTls(host: string): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "gatepost-tls-" });
  const { authorityFile, cert, key } = await makeCertificate(folder, [host]);
  const authority = await Deno.readTextFile(authorityFile);
  await Deno.remove(folder, { recursive: true });
  const admin = connect(database.adminUrl);
  const [row] = await admin`
    select current_setting('data_directory') as data_directory, clock_timestamp()::text as began`;
  const data = String(row?.["data_directory"]);
  const { uid, gid } = await Deno.stat(data);
  for (const [name, text] of [["tls.crt", cert], ["tls.key", key]] as const) {
    await Deno.writeTextFile(`${data}/${name}`, text, { mode: 0o600 });
    await Deno.chown(`${data}/${name}`, uid, gid);
  }
  await admin.unsafe("alter system set ssl_cert_file = 'tls.crt'");
  await admin.unsafe("alter system set ssl_key_file = 'tls.key'");
  await admin.unsafe("alter system set ssl = on");
  await admin`select pg_reload_conf()`;
  // The setting is the server's: a session shows it once the server has it.
  const reloaded = async (): Promise<boolean> => {
    const [after] = await admin`select pg_conf_load_time() > ${
      String(row?.["began"])
    }::timestamptz and current_setting('ssl') = 'on' as done`;
    return after?.["done"] === true;
  };
  while (!await reloaded()) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await admin.end();
  return authority;
}

Deno.test({
  name: "a bundle without the client of PostgreSQL does not start where a URL is set, and says why",
  ignore: edgeDeno === undefined,
  async fn(): Promise<void> {
    await assertRejects(
      () => startOauth(false),
      Error,
      "Cannot start: GATEPOST_DATABASE_URL is set, and this bundle has no client of PostgreSQL; make it with --direct",
    );
  },
});

Deno.test("the client of PostgreSQL adds at most 35 kB to a compressed bundle, and nothing unless it is asked for", async () => {
  const [without, direct] = [await bundleOauth(false), await bundleOauth(true)];

  const added = await compress(direct) - await compress(without);
  assert(added > 0 && added <= MOST_BYTES, `${added} bytes`);
  // The start-up message of the protocol, by the names of its parameters.
  assertEquals(
    [without, direct].map((file) => Deno.readTextFileSync(file).includes("SCRAM-SHA-256")),
    [false, true],
  );
});

async function bundleOauth(direct: boolean): Promise<string> {
  const file = `${FOLDER}${direct ? "direct" : "rest"}.js`;
  await bundle(`${ROOT}functions/oauth/index.ts`, file, { direct });
  return file;
}

async function startOauth(direct: boolean, settings: Record<string, string> = {}): Promise<DeployedFunction> {
  const file = await bundleOauth(direct);
  return await startDeployed({
    metadata: { name: "oauth", entrypoint_path: "index.js", verify_jwt: false },
    files: new Map([["index.js", await Deno.readTextFile(file)]]),
  }, { GATEPOST_PUBLIC_URL: "https://auth.example.com", GATEPOST_DATABASE_URL: url, ...settings });
}
