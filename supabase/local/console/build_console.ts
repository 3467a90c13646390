/**
 * Makes the console's files for one project, with the headers that a host sends with them.
 *
 * @module
 */

import { Problem } from "../problem.ts";

const ROOT = new URL("../../../", import.meta.url);
const SOURCE = new URL("supabase/console/", ROOT);

/** The project that a console works on. None of it is secret. */
export interface ConsoleProject {
  /** Where `/auth/v1` and `/rest/v1` are. */
  apiUrl: string;
  publishableKey: string;
  /** `GATEPOST_PUBLIC_URL`. */
  publicUrl: string;
}

/** A file of the console. */
export interface ConsoleFile {
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** The files by name, and the headers of each answer. */
export interface Console {
  files: ReadonlyMap<string, ConsoleFile>;
  headers: Readonly<Record<string, string>>;
}

/** Makes the files. Nothing is read from the project. */
export async function buildConsole(project: ConsoleProject): Promise<Console> {
  const policy = buildPolicy(project);
  const page = fill(await Deno.readTextFile(new URL("index.html", SOURCE)), {
    // A browser takes frame-ancestors from the header alone, and warns of it in the page.
    policy: policy.replace(/; frame-ancestors [^;]*/, ""),
    ...project,
  });
  return {
    files: new Map([
      ["index.html", { type: "text/html; charset=utf-8", bytes: toBytes(page) }],
      ["console.js", { type: "text/javascript; charset=utf-8", bytes: await bundleScript() }],
      ["style.css", {
        type: "text/css; charset=utf-8",
        bytes: toBytes(minifyStyle(await Deno.readTextFile(new URL("style.css", SOURCE)))),
      }],
      ["icon.svg", { type: "image/svg+xml", bytes: await Deno.readFile(new URL("icon.svg", SOURCE)) }],
    ]),
    headers: {
      "Content-Security-Policy": policy,
      "X-Frame-Options": "DENY",
      "X-Content-Type-Options": "nosniff",
      "Referrer-Policy": "no-referrer",
      "Cross-Origin-Opener-Policy": "same-origin",
      "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
      // The files have no version in their names: a browser asks each time whether they are new.
      "Cache-Control": "no-cache",
    },
  };
}

/** Writes the files, and `_headers` for hosts that read it (Cloudflare Pages, Netlify). */
export async function writeConsole({ files, headers }: Console, folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (const [name, { bytes }] of files) {
    await Deno.writeFile(`${folder}/${name}`, bytes);
  }
  const lines = Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`);
  await Deno.writeTextFile(`${folder}/_headers`, `/*\n${lines.join("\n")}\n`);
}

/** The page's policy: its own files, requests to the project, and the organization's logo from its functions. */
export function buildPolicy({ apiUrl, publicUrl }: ConsoleProject): string {
  const origins = [...new Set([new URL(apiUrl).origin, new URL(publicUrl).origin])];
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' ${new URL(publicUrl).origin}`,
    `connect-src ${origins.join(" ")}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
}

async function bundleScript(): Promise<Uint8Array<ArrayBuffer>> {
  const folder = await Deno.makeTempDir({ prefix: "gatepost-console-" });
  try {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "bundle",
        "--quiet",
        "--platform=browser",
        "--minify",
        `--config=${new URL("deno.json", ROOT).pathname}`,
        `--output=${folder}/console.js`,
        new URL("main.tsx", SOURCE).pathname,
      ],
      cwd: ROOT.pathname,
      env: { NO_COLOR: "1" },
    }).output();
    if (!success) {
      throw new Problem(`Cannot bundle the console: ${new TextDecoder().decode(stderr).trim()}`);
    }
    return await Deno.readFile(`${folder}/console.js`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Comments and indentation go. */
function minifyStyle(style: string): string {
  return style.replaceAll(/\/\*.*?\*\//gs, "").replaceAll(/\n\s*/g, "\n").trim();
}

/** Puts values into the places of a page, escaped for an attribute. */
function fill(page: string, values: Record<string, string>): string {
  return page.replaceAll(
    /\{\{(\w+)\}\}/g,
    (_, name: string) =>
      (values[name] ?? "").replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;"),
  );
}

function toBytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
