/**
 * Bundles with OpenTelemetry's packages, and what becomes of one without them that is told to use them.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { bundle } from "../../supabase/commands/deploy/bundle_functions.ts";
import { compress } from "../support/deploy/compress.ts";
import { type DeployedFunction, edgeDeno, startDeployed } from "../support/deploy/deployed_function.ts";
import { makeSigningKeySet } from "../support/functions/keys.ts";
import { startCollector } from "../support/telemetry/collector.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const FOLDER = `${ROOT}.output/telemetry_bundle_test/`;
/** What OpenTelemetry's packages may add, compressed. */
const MOST_BYTES = 30_000;

Deno.test({
  name: "a bundle that was made with --telemetry records on the edge runtime's Deno, in the background",
  ignore: edgeDeno === undefined,
  async fn(): Promise<void> {
    await using collector = startCollector();
    await using running = await startJwks(true, {
      GATEPOST_OTLP_ENDPOINT: `${collector.url}/otlp`,
      GATEPOST_OTLP_HEADERS: "x-api-key=key%20of%20a%20collector",
    });

    const answer = await fetch(`${running.origin}/oauth-jwks`, {
      headers: { traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" },
    });
    await answer.body?.cancel();

    const [span] = await collector.waitForSpans(({ name }) => name === "GET /oauth-jwks");
    assertEquals([span?.traceId, span?.parentSpanId, span?.attributes["http.response.status_code"]], [
      "4bf92f3577b34da6a3ce929d0e0e4736",
      "00f067aa0ba902b7",
      200,
    ]);
    const [{ path, headers }] = collector.received as [typeof collector.received[0]];
    assertEquals([path, headers.get("x-api-key"), headers.get("content-type")], [
      "/otlp/v1/traces",
      "key of a collector",
      "application/x-protobuf",
    ]);
  },
});

Deno.test({
  name: "a bundle without OpenTelemetry does not start where a collector is set, and says why",
  ignore: edgeDeno === undefined,
  async fn(): Promise<void> {
    await assertRejects(
      () => startJwks(false, { GATEPOST_OTLP_ENDPOINT: "http://127.0.0.1:1" }),
      Error,
      "Cannot start: GATEPOST_OTLP_ENDPOINT is set, and this bundle has no OpenTelemetry; make it with --telemetry",
    );
  },
});

Deno.test("OpenTelemetry adds at most 30 kB to a compressed bundle, and nothing unless it is asked for", async () => {
  const [without, recording] = [await bundleJwks(false), await bundleJwks(true)];

  const added = await compress(recording) - await compress(without);
  assert(added > 0 && added <= MOST_BYTES, `${added} bytes`);
  assertEquals(
    [without, recording].map((file) => Deno.readTextFileSync(file).includes("telemetry.sdk.name")),
    [false, true],
  );
});

async function bundleJwks(telemetry: boolean): Promise<string> {
  const file = `${FOLDER}${telemetry ? "recording" : "without"}.js`;
  await bundle(`${ROOT}functions/oauth-jwks/index.ts`, file, { telemetry });
  return file;
}

async function startJwks(telemetry: boolean, settings: Record<string, string>): Promise<DeployedFunction> {
  const file = await bundleJwks(telemetry);
  return await startDeployed({
    metadata: { name: "oauth-jwks", entrypoint_path: "index.js", verify_jwt: false },
    files: new Map([["index.js", await Deno.readTextFile(file)]]),
  }, { GATEPOST_SIGNING_KEYS: await makeSigningKeySet("signing-1"), ...settings });
}
