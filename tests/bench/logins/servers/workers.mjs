/**
 * Runs the Worker in workerd through miniflare, with its KV namespace on disk.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { load, readSetup, reportListening } from "./server.mjs";

const { Miniflare } = await load("miniflare");
const { kvFolder, upstream } = await readSetup();
const library = "@cloudflare/workers-oauth-provider";
const read = (path) => readFile(new URL(path, import.meta.url), "utf8");
const miniflare = new Miniflare({
  host: "127.0.0.1",
  port: 0,
  modules: [
    { type: "ESModule", path: "worker.mjs", contents: await read("./worker.mjs") },
    { type: "ESModule", path: library, contents: await read(import.meta.resolve(library)) },
  ],
  compatibilityDate: "2026-07-01",
  kvNamespaces: ["OAUTH_KV"],
  kvPersist: kvFolder,
  bindings: { UPSTREAM: upstream },
});
reportListening(Number((await miniflare.ready).port));
