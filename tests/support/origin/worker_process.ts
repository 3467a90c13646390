/**
 * Runs a Cloudflare Worker until it is told to end.
 *
 * A process of its own, because Miniflare is installed apart from the project's packages. Takes its options and the
 * entries of its KV namespace as JSON.
 *
 * @module
 */

import type { Readable } from "node:stream";

// Not named where the type checker sees it: its types are installed apart, too.
const packageName = "miniflare";
const { Miniflare } = await import(packageName);

const [options = {}, table = []] = Deno.args.map((json) => JSON.parse(json));
// Filled before the worker listens.
if (table.length > 0) {
  const { kvNamespaces, kvPersist } = options;
  const filling = new Miniflare({ modules: true, script: "export default {}", kvNamespaces, kvPersist });
  const namespace = await filling.getKVNamespace("GATEPOST_TABLE");
  for (const [name, project] of table) {
    await namespace.put(name, project);
  }
  await filling.dispose();
}
const miniflare = new Miniflare({
  ...options,
  // The runtime reports every client that goes away.
  handleRuntimeStdio: (...outputs: Readable[]) => outputs.forEach((output) => output.resume()),
});
Deno.addSignalListener("SIGTERM", async () => {
  await miniflare.dispose();
  Deno.exit(0);
});
await miniflare.ready;
