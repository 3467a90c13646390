/**
 * The embedded stack for the tests of one file: started before the first, stopped after the last.
 *
 * It takes free ports and a data folder of its own, so that files neither wait
 * for nor see each other.
 *
 * @module
 */

import { connect, type Database } from "../../../supabase/local/database/connect.ts";
import type { Secrets } from "../../../supabase/local/secrets.ts";
import { type Stack, type StackOptions, startStack } from "../../../supabase/local/stack.ts";
import type { Status } from "../../../supabase/local/stack_status.ts";

/** The running stack of a test file. Everything but `restart` is good from the first test on. */
export interface TestStack {
  readonly status: Status;
  /** Asks the database as its superuser. */
  readonly sql: Database;
  /** What the stack keeps to itself. */
  readonly secrets: Secrets;
  /** Stops the stack and starts it on the same data and port. */
  restart(): Promise<void>;
  /** The functions' log so far. */
  readLog(): Promise<string>;
}

/** Registers start and stop with the test runner. */
export function useStack(
  env: Record<string, string> = {},
  options: Pick<StackOptions, "ownOrigin" | "defaultServer" | "workers"> = {},
): TestStack {
  let running: { stack: Stack; sql: Database; secrets: Secrets } | undefined;
  const folder = Deno.makeTempDirSync({ prefix: "gatepost-flow-" });
  // Root hands the database to another user, who has to pass through.
  Deno.chmodSync(folder, 0o711);
  const dataDir = `${folder}/stack`;

  Deno.test.beforeAll(() => start(0));
  Deno.test.afterAll(async () => {
    await stop();
    await Deno.remove(folder, { recursive: true });
  });
  return {
    get status(): Status {
      return demand().stack.status;
    },
    get sql(): Database {
      return demand().sql;
    },
    get secrets(): Secrets {
      return demand().secrets;
    },
    async restart(): Promise<void> {
      const port = Number(new URL(demand().stack.status.API_URL).port);
      await stop();
      await start(port);
    },
    readLog: () => Deno.readTextFile(`${dataDir}/functions.log`),
  };

  async function start(port: number): Promise<void> {
    const stack = await startStack({ ...options, port, dataDir, quiet: true, env });
    const secrets = JSON.parse(await Deno.readTextFile(`${dataDir}/secrets.json`)) as Secrets;
    running = { stack, sql: connect(stack.adminUrl), secrets };
  }

  async function stop(): Promise<void> {
    await running?.sql.end();
    await running?.stack.stop();
    running = undefined;
  }

  function demand(): NonNullable<typeof running> {
    if (running === undefined) {
      throw new Error("The stack runs in tests only");
    }
    return running;
  }
}
