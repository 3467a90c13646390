/**
 * The Cloudflare Worker `supabase/origin/worker.js`, in the runtime of Cloudflare.
 *
 * @module
 */

import type { Readable } from "node:stream";
import { Miniflare } from "miniflare";
import { parse } from "smol-toml";
import { ORIGIN_FOLDER, type Proxy, type ProxyKind, type ProxySetup } from "./proxy.ts";

const [FIRST, SECOND] = ["localhost", "127.0.0.1"] as const;

/** The worker. Cloudflare's `fetch` names a project by its URL, so that TLS is none of the worker's business. */
export const worker: ProxyKind = {
  name: "the Cloudflare Worker",
  hosts: [FIRST, SECOND],
  secure: false,
  start,
};

async function start({ port, projectPort, defaultServer }: ProxySetup): Promise<Proxy> {
  const configuration = parse(await Deno.readTextFile(`${ORIGIN_FOLDER}wrangler.toml`));
  const miniflare = new Miniflare({
    modules: true,
    scriptPath: `${ORIGIN_FOLDER}${configuration["main"]}`,
    compatibilityDate: String(configuration["compatibility_date"]),
    // It tells of every client that goes away.
    handleRuntimeStdio: (...outputs: Readable[]) => outputs.forEach((output) => output.resume()),
    host: "127.0.0.1",
    port,
    bindings: {
      ...configuration["vars"] as Record<string, string>,
      GATEPOST_PROJECT: `http://${FIRST}:${projectPort}`,
      GATEPOST_PROJECTS: { elsewhere: `http://${SECOND}:${projectPort}` },
      GATEPOST_DEFAULT_SERVER: defaultServer,
    },
  });
  await miniflare.ready;
  return { [Symbol.asyncDispose]: () => miniflare.dispose() };
}
