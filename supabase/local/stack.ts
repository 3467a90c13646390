/**
 * The embedded stack: Gatepost and the parts of a Supabase project that it needs, on one machine.
 *
 * `deno task start` runs it; tests start it on free ports with a folder of
 * their own.
 *
 * @module
 */

import { type StackConsole, startStackConsole } from "./console/stack_console.ts";
import { keep, openDataFolder } from "./data_folder.ts";
import { openFunctionsLogin } from "./database/functions_login.ts";
import { savePublicUrl } from "./database/public_url.ts";
import { type RunningDatabase, startDatabaseIn } from "./database/start_database.ts";
import { prepareDemo } from "./demo/demo_setup.ts";
import { startDemo } from "./demo/demo_service.ts";
import { startFront } from "./front/front.ts";
import { startFunctionPool } from "./functions/function_pool.ts";
import { type FunctionSettings, readFunctionSettings } from "./functions/function_settings.ts";
import { functionVariables } from "./functions/function_variables.ts";
import { installChildPackages } from "./install_packages.ts";
import { bypassProxyOnLoopback } from "./loopback_proxy.ts";
import { type Output, silence, terminal } from "./output.ts";
import { type LogFile, openLog } from "./processes/log_file.ts";
import type { Service } from "./processes/keep_running.ts";
import { startRest } from "./rest/rest_service.ts";
import { buildStatus, type Status, STATUS_FILE } from "./stack_status.ts";

/** How a stack is started. */
export interface StackOptions {
  /** 0 takes a free port. */
  port: number;
  dataDir: string;
  /** Deletes the files of the data folder before the start. */
  fresh?: boolean;
  /** Makes the stack's own origin the public URL, with the functions at its root. */
  ownOrigin?: boolean;
  /** The slug of the server that paths of the origin without one lead to. */
  defaultServer?: string;
  /** The functions speak to PostgreSQL without the REST layer. */
  direct?: boolean;
  /** Processes that serve the functions. */
  workers?: number;
  /** How large the heap of each may grow. */
  heapMegabytes?: number;
  /** Serves the console, on a port of its own, and makes an owner of the demo organization. */
  console?: boolean;
  /** Writes nothing to the terminal. */
  quiet?: boolean;
  /** Variables for the functions, on top of `GATEPOST_*` of this process. */
  env?: Record<string, string>;
  /** Stops the start before its next step. */
  signal?: AbortSignal;
}

/** A running stack. */
export interface Stack {
  status: Status;
  /** Where it was asked for and can be built. */
  console: StackConsole | undefined;
  /** As `postgres`. */
  databaseUrl: string;
  /** As the superuser. */
  adminUrl: string;
  /** Resolves when the database has ended: the stack does not work without it. */
  databaseEnded: Promise<void>;
  stop(): Promise<void>;
}

const supabaseFolder = new URL("../", import.meta.url).pathname;

/** Starts all parts. Each part starts after the parts that it needs. */
export async function startStack(options: StackOptions): Promise<Stack> {
  bypassProxyOnLoopback();
  const output = options.quiet === true ? silence() : terminal();
  await using started = new AsyncDisposableStack();
  const settings = await readFunctionSettings(supabaseFolder);
  const folder = await openDataFolder(options.dataDir);
  started.defer(() => folder.release());
  const front = startFront(options.port);
  started.defer(() => front.stop());
  await installChildPackages(settings, output);
  const database = await startDatabaseIn(folder, options.fresh === true, output);
  started.defer(() => database.stop());
  options.signal?.throwIfAborted();

  const { secrets } = database;
  const services = await startServices({ ...options, output, settings, database, port: front.port }, started);
  options.signal?.throwIfAborted();
  const publicUrl = services.status.PUBLIC_URL;
  const { defaultServer } = options;
  front.open({ ...services, settings, publicUrl, defaultServer, jwtSecret: secrets.authJwtSecret });
  // The parts stop in reverse order. The front closes before what stands behind it, so that no request reaches a
  // stopped part. But first the functions end: what they have recorded goes to the database through the front.
  started.defer(() => front.stop());
  started.defer(() => services.functions.stop());

  const { API_URL: apiUrl, PUBLISHABLE_KEY: publishableKey } = services.status;
  const console = options.console === true
    ? await startStackConsole(folder, { apiUrl, publishableKey, publicUrl, ...database }, output)
    : undefined;
  started.defer(() => console?.stop());

  const status = console === undefined ? services.status : { ...services.status, CONSOLE_URL: console.url };
  await keep(folder, STATUS_FILE, status);
  started.defer(() => Deno.remove(`${folder.path}/${STATUS_FILE}`));
  const stopping = started.move();
  return {
    status,
    console,
    databaseUrl: database.databaseUrl,
    adminUrl: database.adminUrl,
    databaseEnded: database.ended,
    stop: () => stopping.disposeAsync(),
  };
}

type Parts = StackOptions & { output: Output; settings: FunctionSettings[]; database: RunningDatabase };

type Services = { rest: Service; functions: Service; status: Status };

/** Starts the processes that stand between the front and the database. */
async function startServices(parts: Parts, started: AsyncDisposableStack): Promise<Services> {
  const { database, output, settings: functions, workers = 1, heapMegabytes } = parts;
  const { folder, secrets, databaseUrl } = database;
  const apiUrl = `http://127.0.0.1:${parts.port}`;
  const functionsUrl = parts.direct === true
    ? await openFunctionsLogin(databaseUrl, secrets.functionsPassword)
    : undefined;
  const env = functionVariables(apiUrl, secrets, parts, functionsUrl);
  await savePublicUrl(databaseUrl, env.GATEPOST_PUBLIC_URL);
  const demo = await prepareDemo(database, env, output);

  output.step(`Starting the REST layer, ${functions.length} functions, a demo provider and MCP server`);
  const starting = [
    startRest(
      { ...secrets, apiUrl, databaseUrl, jwtSecret: secrets.authJwtSecret },
      await openKept("rest.log"),
      output,
    ),
    startDemo(demo, await openKept("demo.log"), output),
    startFunctionPool({
      functions,
      workers,
      heapMegabytes,
      env,
      output,
      log: await openKept("functions.log"),
    }),
  ] as const;
  // If one fails, the others must have started before they can be stopped.
  for (const outcome of await Promise.allSettled(starting)) {
    if (outcome.status === "fulfilled") {
      started.defer(() => outcome.value.stop());
    }
  }
  const [rest, , functionPool] = await Promise.all(starting);
  const status = buildStatus(apiUrl, demo.publicUrl, { databaseUrl, functionsUrl }, demo.issuer, secrets);
  return { rest, functions: functionPool, status };

  async function openKept(name: string): Promise<LogFile> {
    const log = await openLog(`${folder.path}/${name}`);
    started.defer(() => log.close());
    return log;
  }
}
