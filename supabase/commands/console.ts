/**
 * `deno task console`: serves the console for a project on this machine, or writes its files for a static host.
 *
 * @module
 */

import { buildConsole, writeConsole } from "../local/console/build_console.ts";
import { serveConsole } from "../local/console/serve_console.ts";
import { terminal } from "../local/output.ts";
import { readConsoleArguments } from "./arguments.ts";
import { findPlace } from "./platform/place.ts";
import { runTask } from "./run_task.ts";

const output = terminal();
await runTask(output, async () => {
  const args = readConsoleArguments(Deno.args);
  const { apiUrl, publicUrl, key: publishableKey } = await findPlace(args);
  const built = await buildConsole({ apiUrl, publicUrl, publishableKey });
  if (args.folder !== undefined) {
    await writeConsole(built, args.folder);
    output.print(`The console for ${apiUrl} is in ${args.folder}`);
    output.print("A host has to send the headers of _headers: see supabase/console/README.md");
    return;
  }
  const { url } = serveConsole(built, args.port);
  output.print(`The console for ${apiUrl} is at ${url}`);
  output.print(
    `Links by e-mail and providers return there if the project's redirect URLs have it. Ctrl-C ends it.`,
  );
  await new Promise(() => undefined);
});
