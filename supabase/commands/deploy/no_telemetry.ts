/**
 * What a bundle has in the place of OpenTelemetry's packages, unless it was made with them.
 *
 * It is evaluated only where `GATEPOST_OTLP_ENDPOINT` is set, and stops the
 * function at its start.
 *
 * @module
 */

throw new Error(
  "Cannot start: GATEPOST_OTLP_ENDPOINT is set, and this bundle has no OpenTelemetry; make it with --telemetry",
);

/** Never reached. */
export const buildTelemetry = undefined;
