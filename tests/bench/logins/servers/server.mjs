// deno-lint-ignore-file explicit-function-return-type
/**
 * What the servers that Gatepost is compared with share: their start, their end, a form and a pool.
 *
 * @module
 */

import { createServer } from "node:http";

/** Loads a package by name, at run time: it is installed beside the server and is none of the project's packages. */
export const load = (name) => import(name);

/** Reads the setup from the first line of standard input. The process ends with that input. */
export async function readSetup() {
  const setup = await new Promise((resolve) => {
    let text = "";
    process.stdin.setEncoding("utf8");
    process.stdin.on("data", (chunk) => {
      text += chunk;
      if (text.includes("\n")) {
        resolve(JSON.parse(text.split("\n")[0]));
      }
    });
    process.stdin.on("end", () => process.exit(0));
  });
  return setup;
}

/** Listens on a free port. Clients rest between their turns, and keep their connections meanwhile. */
export async function listen() {
  const server = createServer();
  server.keepAliveTimeout = 600_000;
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return { server, port: server.address().port };
}

/** Tells the bench where this process serves. */
export function reportListening(port) {
  process.stdout.write(`${JSON.stringify({ listening: port })}\n`);
}

/** A pool of connections, of a size that keeps two cores busy. */
export async function connect(connectionString) {
  const { default: pg } = await load("pg");
  return new pg.Pool({ connectionString, max: 20 });
}

/** Reads a form's fields. */
export async function readForm(request) {
  let text = "";
  for await (const chunk of request) {
    text += chunk;
  }
  return new URLSearchParams(text);
}

/** Escapes text for HTML. */
export function escape(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
