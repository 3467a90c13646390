/**
 * The provider upstream: whoever the request hints at is logged in.
 *
 * The tests' programmable provider, which does its part of a login and no more.
 *
 * @module
 */

import type { Provider } from "../../support/provider/endpoints.ts";
import { makeProviderKeys } from "../../support/provider/id_token.ts";
import { buildProvider } from "../../support/provider/provider.ts";
import { people } from "./client/way.ts";
import { CLIENT } from "./upstream_client.ts";

/** The provider, as it serves. */
export interface Upstream extends AsyncDisposable {
  url: string;
  port: number;
}

/** Serves it on a free port. */
export async function startUpstream(): Promise<Upstream> {
  const keys = await makeProviderKeys();
  const known = Promise.withResolvers<Provider>();
  const listening = { hostname: "127.0.0.1", port: 0, onListen: (): void => undefined };
  const server = Deno.serve(listening, async (request) => await (await known.promise).handle(request));
  const { port } = server.addr;
  const url = `http://127.0.0.1:${port}`;
  const persons = people.map((name) => [
    name,
    { sub: name, email: `${name}@example.com`, email_verified: true, name },
  ]);
  const program = { people: Object.fromEntries(persons) };
  known.resolve(buildProvider("openid", program, { origin: url, keys, ...CLIENT }));
  return { url, port, [Symbol.asyncDispose]: () => server.shutdown() };
}
