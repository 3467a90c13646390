/**
 * The person before a client's browser: logs in wherever the client opens a page.
 *
 * A client in a process of its own opens its browser by a program's name. The
 * program that is put there hands the URL over to this process, which walks
 * the login and follows the redirect back into the client.
 *
 * @module
 */

import { walkLogin } from "../../../supabase/commands/login/walk_login.ts";

/** A person, and a browser that opens by its name on the search path. */
export interface Person extends AsyncDisposable {
  /** The folder with the browser's programs, to be put before the search path. */
  programs: string;
  /** The browser's own program. */
  browser: string;
  /** Where each login led, or why it did not. */
  logins: string[];
}

/** Sits down. `node` is the program that runs the browser's script. */
export async function seatPerson(userName: string, node: string): Promise<Person> {
  const logins: string[] = [];
  const abort = new AbortController();
  const listening = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: (): void => undefined };
  const server = Deno.serve(listening, async (request) => {
    // The program that was opened ends at once, as a browser's does: the login goes on.
    const url = await request.text();
    logIn(url, userName).then(
      (returned) => logins.push(`${returned.protocol}//${returned.host}${returned.pathname}`),
      (error) => logins.push(`${error}\n  for ${url}`),
    );
    return new Response(null, { status: 204 });
  });
  const programs = await Deno.makeTempDir({ prefix: "gatepost-browser-" });
  await writePrograms(programs, node, server.addr.port);
  return {
    ...{ programs, browser: `${programs}/browser`, logins },
    async [Symbol.asyncDispose](): Promise<void> {
      abort.abort();
      await server.finished;
      await Deno.remove(programs, { recursive: true });
    },
  };
}

async function logIn(url: string, userName: string): Promise<URL> {
  const returned = await walkLogin(url, { userName });
  // The client's own page: what it says is the client's affair.
  const page = await fetch(returned, { headers: { Accept: "text/html" } });
  await page.body?.cancel();
  return returned;
}

/** Some clients bring an `xdg-open` of their own, which asks `xdg-mime` before it looks at `BROWSER`. */
async function writePrograms(folder: string, node: string, port: number): Promise<void> {
  const browser = `#!${node}
const url = process.argv.find((argument) => argument.startsWith("http"));
require("node:http").request({ host: "127.0.0.1", port: ${port}, method: "POST" }).end(url);
`;
  for (
    const [name, script] of Object.entries({ "browser": browser, "xdg-open": browser, "xdg-mime": NOTHING })
  ) {
    await Deno.writeTextFile(`${folder}/${name}`, script, { mode: 0o755 });
  }
}

const NOTHING = "#!/bin/sh\nexit 4\n";
