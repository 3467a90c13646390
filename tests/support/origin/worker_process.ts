/**
 * Runs a Cloudflare Worker until it is told to end.
 *
 * A process of its own, because Miniflare is installed apart from the project's packages. Takes its options as JSON.
 *
 * @module
 */

import type { Readable } from "node:stream";

// Not named where the type checker sees it: its types are installed apart, too.
const packageName = "miniflare";
const { Miniflare } = await import(packageName);

const miniflare = new Miniflare({
  ...JSON.parse(Deno.args[0] ?? ""),
  // The runtime reports every client that goes away.
  handleRuntimeStdio: (...outputs: Readable[]) => outputs.forEach((output) => output.resume()),
});
Deno.addSignalListener("SIGTERM", async () => {
  await miniflare.dispose();
  Deno.exit(0);
});
await miniflare.ready;
