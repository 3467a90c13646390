/**
 * The provider upstream, in a process of its own: whoever the request hints at is logged in.
 *
 * The tests' programmable provider, which does its part of a login and no more.
 *
 * @module
 */

import { readConfiguration, reportListening, serve } from "../../../supabase/local/processes/inside_child.ts";
import type { Provider } from "../../support/provider/endpoints.ts";
import { makeProviderKeys } from "../../support/provider/id_token.ts";
import { buildProvider } from "../../support/provider/provider.ts";
import { people } from "./client/way.ts";
import { CLIENT } from "./upstream_client.ts";

await readConfiguration();
const keys = await makeProviderKeys();
const known = Promise.withResolvers<Provider>();
const port = serve(async (request) => await (await known.promise).handle(request));
known.resolve(buildProvider("openid", {
  people: Object.fromEntries(
    people.map((name) => [name, { sub: name, email: `${name}@example.com`, email_verified: true, name }]),
  ),
}, { origin: `http://127.0.0.1:${port}`, keys, ...CLIENT }));
reportListening(port);
