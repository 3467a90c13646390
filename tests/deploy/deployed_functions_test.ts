/**
 * What the Supabase CLI uploads: every function's files, and whether they are all that it needs.
 *
 * The real CLI deploys to a stand-in of the Management API, from the sources
 * and from the bundles. Then each function runs alone from its own upload.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { readFunctionSettings } from "../../supabase/local/functions/function_settings.ts";
import { callTool, connect, type LoggedInClient, postForm } from "../support/client/mcp_client.ts";
import { installSupabase, quietVariables } from "../support/database/supabase_cli.ts";
import { edgeDeno } from "../support/deploy/deployed_function.ts";
import { startFunctionsFront } from "../support/deploy/functions_front.ts";
import { PROJECT, startManagementApi, type Upload } from "../support/deploy/management_api.ts";
import { startProject } from "../support/deploy/project.ts";
import { useStack } from "../support/stack/stack.ts";
import { startCollector } from "../support/telemetry/collector.ts";

const ROOT = new URL("../../", import.meta.url);
const functions = await readFunctionSettings(new URL("supabase/", ROOT).pathname);
const names = functions.map(({ name }) => name).sort();

const front = startFunctionsFront();
const stack = await useStack("own", { env: { GATEPOST_PUBLIC_URL: front.publicUrl } });
Deno.test.afterAll(() => front.close());

const fromSources = deployOnce(async (env) => {
  const args = [
    "functions",
    "deploy",
    "--use-api",
    `--remote=${PROJECT}`,
    `--workdir=${ROOT.pathname}`,
    "--yes",
  ];
  return await new Deno.Command(await installSupabase(), { args, env, stdin: "null" }).output();
});
const fromBundles = deployOnce((env) =>
  new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "deploy", `--project=${PROJECT}`, "--yes"],
    cwd: ROOT.pathname,
    env,
    stdin: "null",
  }).output()
);

Deno.test("supabase functions deploy uploads of each function what it needs, and no more", async () => {
  const uploads = await fromSources();

  assertEquals([...uploads.keys()].sort(), names);
  for (const { name, entrypoint, verifyJwt } of functions) {
    const { metadata, files } = uploads.get(name)!;
    assertEquals([...files.keys()].sort(), ["import_map.json", ...(await listModules(entrypoint))].sort());
    assertEquals(metadata.entrypoint_path, `functions/${name}/index.ts`);
    assertEquals(metadata.import_map_path, "import_map.json");
    assertEquals(metadata.verify_jwt, verifyJwt);
    for (const [path, text] of files) {
      assertEquals(text, await Deno.readTextFile(new URL(path, ROOT)), path);
    }
  }
});

Deno.test("deno task deploy uploads one file of each function", async () => {
  const uploads = await fromBundles();

  assertEquals([...uploads.keys()].sort(), names);
  for (const { name, verifyJwt } of functions) {
    const { metadata, files } = uploads.get(name)!;
    assertEquals([...files.keys()], [metadata.entrypoint_path]);
    assertMatch(metadata.entrypoint_path, new RegExp(`(^|/)functions/${name}/index\\.js$`));
    assertEquals(metadata.verify_jwt, verifyJwt);
  }
});

type Settings = (collectorUrl: string) => Record<string, string>;
/** Bundles have OpenTelemetry only where it is asked for: see `telemetry_bundle_test.ts`. */
const WAYS: [what: string, deployed: () => Promise<Map<string, Upload>>, settings: Settings][] = [
  ["the uploaded sources, and records it", fromSources, (url) => ({ GATEPOST_OTLP_ENDPOINT: url })],
  ["the uploaded bundles, without packages and network", fromBundles, () => ({})],
];
for (const [what, deployed, settings] of WAYS) {
  Deno.test({
    name: `every function runs alone from ${what}, and a person logs in`,
    ignore: edgeDeno === undefined,
    async fn(): Promise<void> {
      await using collector = startCollector();
      await using _project = await startProject(await deployed(), front, stack, settings(collector.url));

      const client = await connect(`${front.publicUrl}/mcp/demo`, { userName: "ada" });

      assertMatch(await callTool(client.discovery.resource, client.tokens.access_token, "whoami"), /ada/);
      await askTheOthers(client);
      if (settings(collector.url)["GATEPOST_OTLP_ENDPOINT"] !== undefined) {
        await Promise.all(
          names.map((name) => collector.waitForSpans(({ resource }) => resource["faas.name"] === name)),
        );
      }
    },
  });
}

/** The functions that a login does not pass. */
async function askTheOthers({ discovery, clientId, tokens }: LoggedInClient): Promise<void> {
  const userinfo = await fetch(discovery.userinfo_endpoint, {
    headers: { Authorization: `Bearer ${tokens.access_token}` },
  });
  assertMatch((await userinfo.json()).sub, /^mcpu_/);

  const { keys } = await (await fetch(`${front.publicUrl}/oauth-jwks`)).json();
  assertEquals(keys.map(({ alg }: { alg: string }) => alg), ["ES256"]);

  const introspection = await postForm(`${front.publicUrl}/oauth-introspect/demo`, {
    token: tokens.access_token,
    client_id: clientId,
  });
  assertEquals([introspection.status, (await introspection.json()).error], [401, "invalid_client"]);

  const config = await fetch(`${front.publicUrl}/oauth-configs`, {
    method: "POST",
    headers: { Authorization: `Bearer ${tokens.access_token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ organization_id: "org_1" }),
  });
  assertEquals([config.status, (await config.json()).error], [401, "invalid_token"]);

  const connections = await fetch(`${front.publicUrl}/oauth-connections/demo`, {
    headers: { Authorization: `Bearer ${tokens.access_token}` },
  });
  assertEquals([connections.status, (await connections.json()).error], [401, "invalid_token"]);

  const revocation = await postForm(`${front.publicUrl}/oauth-revoke/demo`, {
    token: tokens.refresh_token,
    client_id: clientId,
  });
  assertEquals(revocation.status, 200);
  await revocation.body?.cancel();
  const refresh = await postForm(discovery.token_endpoint, {
    grant_type: "refresh_token",
    refresh_token: tokens.refresh_token,
    client_id: clientId,
  });
  assertEquals([refresh.status, (await refresh.json()).error], [400, "invalid_grant"]);
}

/** Deploys at the first call, and answers with what was uploaded. */
function deployOnce(
  deploy: (env: Record<string, string>) => Promise<Deno.CommandOutput>,
): () => Promise<Map<string, Upload>> {
  let uploading: Promise<Map<string, Upload>> | undefined;
  return () => uploading ??= upload();

  async function upload(): Promise<Map<string, Upload>> {
    const home = await Deno.makeTempDir({ prefix: "gatepost-cli-" });
    await using api = await startManagementApi(home);
    try {
      const cli = await installSupabase();
      const path = `${cli.slice(0, cli.lastIndexOf("/"))}:${Deno.env.get("PATH")}`;
      const { success, stdout, stderr } = await deploy({ ...quietVariables(home), ...api.env, PATH: path });
      assert(success, [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join(""));
      assertEquals(api.live.toSorted(), names);
      return api.uploads;
    } finally {
      await Deno.remove(home, { recursive: true });
    }
  }
}

/** Every module of this repository that Deno finds in the graph of another; types are modules too. */
async function listModules(entrypoint: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      "info",
      "--json",
      "--no-lock",
      `--import-map=${new URL("import_map.json", ROOT).pathname}`,
      entrypoint,
    ],
    cwd: ROOT.pathname,
    stderr: "null",
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: { specifier: string }[] };
  return modules.map(({ specifier }) => specifier)
    .filter((specifier) => specifier.startsWith(`${ROOT.href}functions/`))
    .map((specifier) => specifier.slice(ROOT.href.length));
}
