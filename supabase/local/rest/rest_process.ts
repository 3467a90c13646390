/**
 * The REST layer and Supabase Auth, at `/rest/v1` and `/auth/v1`.
 *
 * Both are `@supabase/lite` on the embedded PostgreSQL. They run in a process
 * of their own, so that their messages do not appear on the terminal.
 *
 * @module
 */

import { App } from "@supabase/lite";
import { createPostgresConnection } from "@supabase/lite/postgres";
import { connect } from "../database/connect.ts";
import { readConfiguration, reportListening, serve } from "../processes/inside_child.ts";
import { prepareStatements, readSchema, sendSettingsTogether } from "./as_postgrest.ts";
import { toPostgrestError } from "./postgrest_errors.ts";
import { postgrestTypes } from "./postgrest_values.ts";
import type { RestConfiguration } from "./rest_service.ts";

const configuration = await readConfiguration<RestConfiguration>();
const connection = createPostgresConnection({
  url: configuration.databaseUrl,
  postgresOptions: { max: 20, onnotice: () => undefined, types: postgrestTypes },
});

// By default lite grants ALL on the tables of every schema with row level
// security to anon, authenticated and service_role before its first query.
// "active" tells lite that this is done, so that only the migrations' grants hold.
(connection as unknown as { rlsState: string }).rlsState = "active";

connection.normalizeDbError = toPostgrestError;
sendSettingsTogether(connection);
prepareStatements(connection);

const app = new App({
  connection,
  api: { schemas: ["public"] },
  auth: {
    enabled: true,
    site_url: configuration.apiUrl,
    jwt_secret: configuration.jwtSecret,
    publishable_key: configuration.publishableKey,
    secret_key: configuration.secretKey,
  },
  studio: { enabled: false },
  options: { server: { admin: false } },
});
await app.init();
await readSchema(connection);

// PostgREST reads the schema again when it is notified. This does the same.
await connect(configuration.databaseUrl).listen("pgrst", async () => {
  await connection.clearSchemaCache();
  await readSchema(connection);
});

reportListening(serve((request) => app.fetch(request, { peerAddress: null })));
