/**
 * The Cloudflare Worker `supabase/origin/worker.js`, in the runtime of Cloudflare.
 *
 * @module
 */

import { parse } from "smol-toml";
import { installApart } from "../run/npm_binary.ts";
import { ORIGIN_FOLDER, type Proxy, type ProxyKind, type ProxySetup, runProxy } from "./proxy.ts";

const MINIFLARE_VERSION = "4.20260730.0";

const [FIRST, SECOND] = ["localhost", "127.0.0.1"] as const;

/**
 * The worker, with the first name of the second project in a variable and the others in a KV namespace.
 *
 * Cloudflare's `fetch` names a project by its URL, so that TLS is none of the worker's business.
 */
export const worker: ProxyKind = {
  name: "the Cloudflare Worker",
  hosts: [FIRST, SECOND],
  secure: false,
  refusesByLength: true,
  start,
};

async function start(
  { port, projectPort, folder, defaultServer, elsewhere = ["elsewhere"] }: ProxySetup,
): Promise<Proxy> {
  const configuration = parse(await Deno.readTextFile(`${ORIGIN_FOLDER}wrangler.toml`));
  const [first = "", ...others] = elsewhere;
  const second = `http://${SECOND}:${projectPort}`;
  const options = {
    modules: true,
    scriptPath: `${ORIGIN_FOLDER}${configuration["main"]}`,
    compatibilityDate: configuration["compatibility_date"],
    host: "127.0.0.1",
    port,
    bindings: {
      ...configuration["vars"] as Record<string, string>,
      GATEPOST_PROJECT: `http://${FIRST}:${projectPort}`,
      GATEPOST_PROJECTS: { [first]: second },
      GATEPOST_DEFAULT_SERVER: defaultServer,
    },
    // Without others the worker has no such table.
    ...(others.length > 0 ? { kvNamespaces: ["GATEPOST_TABLE"], kvPersist: `${folder}/kv` } : {}),
  };
  const table = others.map((name) => [name, second]);
  const installed = await installApart("miniflare", MINIFLARE_VERSION);
  const script = new URL("worker_process.ts", import.meta.url).href;
  const args = ["run", "--quiet", "--allow-all", "--config", `${installed}/deno.json`, script];
  return await runProxy(Deno.execPath(), [...args, JSON.stringify(options), JSON.stringify(table)], port);
}
