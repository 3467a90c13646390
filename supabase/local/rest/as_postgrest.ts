/**
 * Makes `@supabase/lite` treat a call as PostgREST does: statements prepared, settings together, types read once.
 *
 * Left alone it sends one statement for each setting, unprepared, and waits for
 * each, which is ten of the thirteen statements of a call. And at each call it
 * searches the definitions of all views for casts, because SQLite does not tell
 * the type of a view's column. PostgreSQL does.
 *
 * @module
 */

import type { createPostgresConnection } from "@supabase/lite/postgres";

type Connection = ReturnType<typeof createPostgresConnection>;

/** Runs a statement in the transaction of a request: a part of Kysely's. */
interface Transaction {
  executeQuery: (query: unknown) => Promise<unknown>;
}

/** Who calls, as lite has read it from the token. */
interface Context {
  auth?: { role?: string; uid?: unknown; jwt?: unknown };
  storage?: { operation?: unknown };
}

/** The request of a function call. */
interface RpcRequest {
  method: string;
  path: string;
  requestHeaders?: Record<string, string>;
}

/** What lite calls at the start of a transaction. Its types do not tell of either. */
interface Applying {
  applyJwtSessionContext: (to: Transaction, context: Context, isOwnRole: boolean) => Promise<void>;
  applyRpcRequestGucs: (to: Transaction, request: RpcRequest) => Promise<void>;
}

/** Prepares what has parameters, once for each connection to PostgreSQL. */
export function prepareStatements({ driver }: Connection): void {
  const reserve = driver.reserve.bind(driver);
  driver.reserve = async (): ReturnType<typeof reserve> => {
    const reserved = await reserve();
    const unsafe = reserved.unsafe.bind(reserved);
    reserved.unsafe =
      ((text, parameters, options) =>
        unsafe(text, parameters, { prepare: Boolean(parameters?.length), ...options })) as typeof unsafe;
    return reserved;
  };
}

/** Reads the schema, and keeps no view's definition to search. */
export async function readSchema(connection: Connection): Promise<void> {
  const { views } = await connection.introspect({ useCache: true });
  views.forEach((view) => view.sql = "");
}

/** Makes a connection send its settings together: who calls, and with which request. */
export function sendSettingsTogether(connection: Connection): void {
  const applying = connection as unknown as Applying;
  const applyWithOwnRole = applying.applyJwtSessionContext.bind(connection);
  applying.applyJwtSessionContext = async (to, context, isOwnRole): Promise<void> => {
    if (isOwnRole) {
      return await applyWithOwnRole(to, context, isOwnRole);
    }
    const { role = "anon", uid, jwt } = context.auth ?? {};
    await set(to, {
      "role": role,
      "request.jwt.claim.sub": String(uid ?? ""),
      "request.jwt.claim.role": role,
      "storage.operation": String(context.storage?.operation ?? ""),
      ...(jwt !== null && typeof jwt === "object" ? { "request.jwt.claims": JSON.stringify(jwt) } : {}),
    });
  };
  applying.applyRpcRequestGucs = async (to, { method, path, requestHeaders = {} }): Promise<void> => {
    await set(to, {
      "response.status": "",
      "response.headers": "",
      "request.method": method,
      "request.path": path,
      "request.headers": JSON.stringify(requestHeaders),
    });
  };
}

/** Sets them for the transaction that runs. */
async function set(to: Transaction, settings: Record<string, string>): Promise<void> {
  const calls = Object.keys(settings).map((name, index) => `set_config('${name}', $${index + 1}, true)`);
  await to.executeQuery({
    sql: `select ${calls.join(", ")}`,
    parameters: Object.values(settings),
    query: { kind: "RawNode", sqlFragments: [], parameters: [] },
    queryId: { queryId: "settings" },
  });
}
