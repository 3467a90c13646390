/**
 * What every measurement of logins stands on: the provider upstream, the clients, and a folder.
 *
 * @module
 */

import { startChild } from "../../../supabase/local/processes/child.ts";
import type { Load, Turn } from "./client/way.ts";

/** The ground. Whatever is in it ends with it. */
export interface Prepared extends AsyncDisposable {
  folder: string;
  upstreamUrl: string;
  runTurn: (load: Load) => Promise<Turn>;
}

/** Starts the processes that no side owns. */
export async function prepareGround(): Promise<Prepared> {
  await using started = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "gatepost-bench-" });
  started.defer(() => Deno.remove(folder, { recursive: true }));
  // Root hands the database to another user, who has to pass through.
  await Deno.chmod(folder, 0o711);
  const upstreamUrl = await start("upstream.ts");
  const clientsUrl = await start("client/load.ts");
  const stopping = started.move();
  return {
    folder,
    upstreamUrl,
    runTurn: (load) => runTurn(clientsUrl, load),
    [Symbol.asyncDispose]: () => stopping.disposeAsync(),
  };

  async function start(script: string): Promise<string> {
    const child = startChild({
      script: new URL(script, import.meta.url),
      permissions: ["--allow-net", "--allow-env"],
      configuration: null,
      // deno-lint-ignore no-console
      onLine: console.error,
    });
    started.defer(() => child.stop());
    const port = await child.listening;
    if (port === undefined) {
      throw new Error(`${script} does not start: see above`);
    }
    return `http://127.0.0.1:${port}`;
  }
}

async function runTurn(url: string, load: Load): Promise<Turn> {
  const response = await fetch(url, { method: "POST", body: JSON.stringify(load) });
  if (!response.ok) {
    throw new Error(`A login failed: ${await response.text()}`);
  }
  return await response.json();
}
