/**
 * A stack at an address that outlives it, so that clients meet a restarted and an emptied one where the old one was.
 *
 * @module
 */

import { connect } from "../../../supabase/local/database/connect.ts";
import { type Stack, startStack } from "../../../supabase/local/stack.ts";
import { startRecordingFront } from "./recording_front.ts";

/** The running stack behind the address. */
export interface LastingStack extends AsyncDisposable {
  bare: boolean;
  mcpUrl: string;
  /** What has been asked, as `POST /oauth-token/demo 200`. */
  requests: string[];
  /** The recorded calls, the oldest first, as `tools/call whoami ok`. */
  readCalls(): Promise<string[]>;
  /** What the functions have logged since they were asked last. */
  readLog(): Promise<string>;
  /** Stops the stack and starts it on the same data. */
  restart(): Promise<void>;
  /** Stops the stack and starts it on nothing. */
  loseData(): Promise<void>;
}

/** The shortest life that a server may give an access token. */
export const ACCESS_TOKEN_SECONDS = 60;

/** Starts the first stack. `env` goes to the functions; a `bare` address is one without an origin of its own. */
export async function startLastingStack(
  env: Record<string, string>,
  { bare }: { bare: boolean },
): Promise<LastingStack> {
  const folder = await Deno.makeTempDir({ prefix: "gatepost-clients-" });
  // Root hands the database to another user, who has to pass through.
  await Deno.chmod(folder, 0o711);
  const front = startRecordingFront({ bare });
  const publicUrl = `${front.origin}/functions/v1`;
  let stack = await start(false);
  let read = 0;
  return {
    bare,
    mcpUrl: `${publicUrl}/mcp/demo`,
    requests: front.requests,
    async readCalls(): Promise<string[]> {
      const sql = connect(stack.adminUrl, 1);
      const rows = await sql`
        select concat_ws(' ', method, name, outcome) as call from public.mcp_session_calls order by mcp_call_id`;
      await sql.end();
      return rows.map(({ call }) => String(call));
    },
    async readLog(): Promise<string> {
      const log = await Deno.readTextFile(`${folder}/stack/functions.log`).catch(() => "");
      const news = log.slice(log.length < read ? 0 : read);
      read = log.length;
      return news;
    },
    restart: () => replace(false),
    loseData: () => replace(true),
    async [Symbol.asyncDispose](): Promise<void> {
      await stack.stop();
      await front[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };

  async function replace(fresh: boolean): Promise<void> {
    await stack.stop();
    stack = await start(fresh);
  }

  async function start(fresh: boolean): Promise<Stack> {
    const started = await startStack({
      ...{ port: 0, dataDir: `${folder}/stack`, quiet: true, fresh, workers: 2 },
      env: { ...env, GATEPOST_PUBLIC_URL: publicUrl },
    });
    await shortenTokens(started.adminUrl);
    front.forwardTo(started.status.API_URL);
    return started;
  }
}

async function shortenTokens(adminUrl: string): Promise<void> {
  const sql = connect(adminUrl, 1);
  await sql`update public.mcp_servers set access_token_seconds = ${ACCESS_TOKEN_SECONDS}`;
  await sql.end();
}
