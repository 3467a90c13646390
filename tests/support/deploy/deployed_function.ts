/**
 * One function as a project runs it: alone, from the files that were uploaded, in the edge runtime's Deno.
 *
 * @module
 */

import { findEdgeDeno } from "../run/edge_deno.ts";
import type { Upload } from "./management_api.ts";

/** The Deno that runs them; undefined where npm has none for this platform. */
export const edgeDeno = await findEdgeDeno();

/** A running function. */
export interface DeployedFunction extends AsyncDisposable {
  origin: string;
}

/**
 * Writes the files of a function into a folder of its own and starts it there.
 *
 * A function that came without an import map has nothing but its files: no
 * packages, an empty cache, and no network but loopback.
 */
export async function startDeployed(
  { files, metadata }: Upload,
  env: Record<string, string>,
): Promise<DeployedFunction> {
  await using started = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "gatepost-deployed-" });
  started.defer(() => Deno.remove(folder, { recursive: true }));
  for (const [path, text] of files) {
    const file = `${folder}/${path}`;
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(file, text);
  }
  const importMap = metadata.import_map_path ?? "";
  const process = new Deno.Command(edgeDeno!, {
    args: [
      "serve",
      "--host=127.0.0.1",
      "--port=0",
      "--no-prompt",
      "--no-config",
      "--no-lock",
      "--allow-net=127.0.0.1,localhost",
      "--allow-env",
      ...(importMap === ""
        ? ["--no-remote", "--no-npm"]
        : ["--node-modules-dir=none", `--import-map=${folder}/${importMap}`]),
      `${folder}/${metadata.entrypoint_path}`,
    ],
    cwd: folder,
    env: {
      ...env,
      NO_COLOR: "1",
      DENO_TLS_CA_STORE: "system,mozilla",
      ...(importMap === "" ? { DENO_DIR: `${folder}/cache` } : {}),
    },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  started.defer(() => process.status.then(() => undefined));
  const lines = process.stderr.pipeThrough(new TextDecoderStream());
  let said = "";
  let origin: string | undefined;
  for await (const text of lines.values({ preventCancel: true })) {
    said += text;
    [, origin] = /Listening on (http:\/\/127\.0\.0\.1:\d+)\//.exec(said) ?? [];
    if (origin !== undefined) {
      break;
    }
  }
  if (origin === undefined) {
    throw new Error(`${metadata.name} does not start: ${said}`);
  }
  // What it logs is read on, or it would wait for a reader.
  const reading = lines.pipeTo(new WritableStream());
  started.defer(() => reading);
  started.defer(() => process.kill());
  const stopping = started.move();
  return { origin, [Symbol.asyncDispose]: () => stopping.disposeAsync() };
}
