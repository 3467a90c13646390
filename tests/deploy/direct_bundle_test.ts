/**
 * Bundles with the client of PostgreSQL, and what becomes of one without it that is told to use it.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { bundle } from "../../supabase/commands/deploy/bundle_functions.ts";
import { openDatabase } from "../support/database/database.ts";
import { compress } from "../support/deploy/compress.ts";
import { type DeployedFunction, edgeDeno, startDeployed } from "../support/deploy/deployed_function.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const FOLDER = `${ROOT}.output/direct_bundle_test/`;
/** What the client of PostgreSQL may add, compressed. */
const MOST_BYTES = 35_000;

const database = await openDatabase();
/** Roles belong to the server, and other files may try at the same time: all set the same password. */
const password = "functions-login";
await database.owner.unsafe(`alter role gatepost_functions password '${password}'`);
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
