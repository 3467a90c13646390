/**
 * Starts the REST layer in a process of its own.
 *
 * @module
 */

import type { Output } from "../output.ts";
import { startChild } from "../processes/child.ts";
import { keepRunning, type Service } from "../processes/keep_running.ts";
import type { LogFile } from "../processes/log_file.ts";

/** The configuration of the process. */
export interface RestConfiguration {
  apiUrl: string;
  databaseUrl: string;
  jwtSecret: string;
  publishableKey: string;
  secretKey: string;
}

/** Starts the REST layer and keeps it running. */
export function startRest(configuration: RestConfiguration, log: LogFile, output: Output): Promise<Service> {
  const start = (): ReturnType<typeof startChild> =>
    startChild({
      script: new URL("rest_process.ts", import.meta.url),
      permissions: ["-A"],
      env: { LITE_TELEMETRY: "0", DO_NOT_TRACK: "1" },
      configuration,
      onLine: log.write,
    });
  return keepRunning("REST layer", start, output, log.path);
}
