/**
 * The embedded stack for tests: one that all files of a test run share, or one of a file's own.
 *
 * In the shared one each test makes tenants of its own. The first file that
 * asks for it starts it in a process of its own (`stack_server.ts`), because
 * each test file is an isolate whose resources end with it. A file has a stack
 * of its own where it restarts it, changes its environment or counts its rows.
 *
 * @module
 */

import { connect, type Database } from "../../../supabase/local/database/connect.ts";
import type { Secrets } from "../../../supabase/local/secrets.ts";
import { type Stack, type StackOptions, startStack } from "../../../supabase/local/stack.ts";
import type { Status } from "../../../supabase/local/stack_status.ts";

/** A running stack. One of a file's own runs from before the first test until after the last. */
export interface TestStack {
  readonly status: Status;
  /** The process whose children are the function workers. */
  readonly pid: number;
  /** The superuser's URL. */
  readonly adminUrl: string;
  /** What the stack keeps to itself. */
  readonly secrets: Secrets;
  /** Where the functions write their log. */
  readonly logFile: string;
  /** Asks the database as the superuser. */
  readonly sql: Database;
  /** The functions' log so far. */
  readLog: () => Promise<string>;
  /** Stops the stack and starts it on the same data and port, where it is the file's own. */
  restart: () => Promise<void>;
}

/** What is different about a stack of a file's own. */
export interface OwnStack
  extends Pick<StackOptions, "ownOrigin" | "defaultServer" | "workers" | "heapMegabytes"> {
  env?: Record<string, string>;
}

/** What the process of the shared stack says of it. */
export type Handover = Pick<TestStack, "status" | "pid" | "adminUrl" | "secrets" | "logFile">;

/** Opens the shared stack, which has two function workers behind one address. */
export async function useStack(whose?: "shared"): Promise<TestStack>;
/** Registers start and stop of a stack of this file's own with the test runner. It takes free ports. */
export async function useStack(whose: "own", changes?: OwnStack): Promise<TestStack>;
export async function useStack(
  whose: "shared" | "own" = "shared",
  changes: OwnStack = {},
): Promise<TestStack> {
  return whose === "own" ? registerStack(changes) : await openSharedStack();
}

async function openSharedStack(): Promise<TestStack> {
  const handover = JSON.parse(await findHandover()) as Handover;
  const sql = connect(handover.adminUrl, 1);
  // Connects now, so that the connection belongs to no test.
  await sql`select 1`;
  return {
    ...handover,
    sql,
    readLog: () => Deno.readTextFile(handover.logFile),
    restart: () => {
      throw new Error("Other files use the shared stack: restart one of your own");
    },
  };
}

async function findHandover(): Promise<string> {
  const folder = new URL("../../../.output/", import.meta.url).pathname;
  await Deno.mkdir(folder, { recursive: true });
  const file = `${folder}shared-stack-${Deno.pid}`;
  const read = (): Promise<string | undefined> => Deno.readTextFile(file).catch(() => undefined);
  const known = await read();
  if (known !== undefined) {
    return known;
  }
  const server = startServer(file);
  let running = true;
  server.status.then(() => running = false, () => undefined);
  while (running) {
    const handover = await read();
    if (handover !== undefined) {
      return handover;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("The shared stack cannot be started: see above");
}

function startServer(file: string): Deno.ChildProcess {
  const script = new URL("stack_server.ts", import.meta.url);
  const configuration = new URL("../../../deno.json", import.meta.url).pathname;
  const server = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-all", "--unstable-no-legacy-abort", "--config", configuration],
      ...[script.href, `${Deno.pid}`, file],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
  }).spawn();
  server.unref();
  return server;
}

function registerStack({ env = {}, ...options }: OwnStack): TestStack {
  let running: { stack: Stack; sql: Database; secrets: Secrets } | undefined;
  const folder = Deno.makeTempDirSync({ prefix: "gatepost-own-stack-" });
  // Root hands the database to another user, who has to pass through.
  Deno.chmodSync(folder, 0o711);
  const dataDir = `${folder}/stack`;
  const logFile = `${dataDir}/functions.log`;

  Deno.test.beforeAll(() => start(0));
  Deno.test.afterAll(async () => {
    await stop();
    await Deno.remove(folder, { recursive: true });
  });
  return {
    get status(): Status {
      return demand().stack.status;
    },
    pid: Deno.pid,
    get adminUrl(): string {
      return demand().stack.adminUrl;
    },
    get sql(): Database {
      return demand().sql;
    },
    get secrets(): Secrets {
      return demand().secrets;
    },
    logFile,
    readLog: () => Deno.readTextFile(logFile),
    async restart(): Promise<void> {
      const port = Number(new URL(demand().stack.status.API_URL).port);
      await stop();
      await start(port);
    },
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
