/**
 * Whether a function records its work.
 *
 * OpenTelemetry's packages are loaded where a collector is configured: nobody
 * else pays for them.
 *
 * @module
 */

import type { CollectorAccess } from "../config.ts";
import { beforeWorkerEnds } from "../worker.ts";
import type { Telemetry } from "./telemetry.ts";

/** Opens the telemetry of a function; undefined where no collector is configured. */
export async function openTelemetry(
  functionName: string,
  access: CollectorAccess | undefined,
): Promise<Telemetry | undefined> {
  if (access === undefined) {
    return undefined;
  }
  const { buildTelemetry } = await import("./record.ts");
  const telemetry = buildTelemetry(functionName, access);
  beforeWorkerEnds(telemetry.flush);
  return telemetry;
}
