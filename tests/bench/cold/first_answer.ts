// deno-lint-ignore-file no-console
/**
 * Loads a function, asks it once for what it does not have, and says what memory that took.
 *
 * @module
 */

const [entrypoint = "", name = ""] = Deno.args;
const { default: loaded } = await import(entrypoint) as {
  default: { fetch: (request: Request) => Response | Promise<Response> };
};
const response = await loaded.fetch(new Request(`http://127.0.0.1/${name}/no/such/path`));
await response.arrayBuffer();
console.log(JSON.stringify({ ready: Deno.memoryUsage().rss }));
Deno.exit(0);
