/**
 * An origin of your own before Gatepost's functions, as a Cloudflare Worker.
 *
 * Its variables are in wrangler.toml beside it. README.md has the reasons.
 *
 * @module
 */

/**
 * @typedef {object} Variables
 * @property {string} GATEPOST_PROJECT The origin of your Supabase project.
 * @property {Record<string, string>} [GATEPOST_PROJECTS] Which other project serves a server, by its slug, or a
 *   callback, by its organization.
 * @property {{ get: (name: string) => Promise<string | null> }} [GATEPOST_TABLE] The same in a KV namespace, where there
 *   are more names than a variable holds.
 * @property {string} [GATEPOST_DEFAULT_SERVER] The slug of the server that clients reach which know this origin and
 *   no path.
 */

const SEGMENT = "[A-Za-z0-9_-]+";
/** A function; behind it the slug of a server or, in a callback, an organization. */
const FUNCTION = new RegExp(
  `^/(?:oauth-jwks|oauth-configs|(?:mcp|oauth|oauth-[a-z]+)/(?<name>${SEGMENT})(?:/\\.?${SEGMENT})*)/?$`,
);
/** The documents of a server, found by its URL alone. */
const DOCUMENT = new RegExp(
  "^/\\.well-known/(?:oauth-protected-resource|oauth-authorization-server|openid-configuration)" +
    `/(?:mcp|oauth)/(?<name>${SEGMENT})/?$`,
);
/** Where clients of the MCP revision 2025-03-26 look. */
const DEFAULT_ENDPOINT = /^\/(authorize|token|register)\/?$/;
const DEFAULT_DOCUMENT = /^\/\.well-known\/(oauth-authorization-server|oauth-protected-resource)\/?$/;

/** What a caller says of itself; what Cloudflare knows is in `CF-Connecting-IP`. */
const UNPROVEN_HEADERS = /^(x-forwarded-.*|x-real-ip|forwarded)$/;

/** The gateway takes calls of 4 MB and refuses larger ones itself. */
const MAX_REQUEST_BYTES = 5 * 1024 * 1024;

export default {
  /**
   * Hands a request on to the project whose functions serve it, and its answer back.
   *
   * @param {Request} request
   * @param {Variables} variables
   * @returns {Promise<Response>}
   */
  async fetch(request, variables) {
    const { pathname, search } = new URL(request.url);
    const target = findTarget(pathname, variables);
    if (target === undefined) {
      return refuse(404, "not_found", "Cannot find this page: nothing is served at this address");
    }
    if (Number(request.headers.get("Content-Length")) > MAX_REQUEST_BYTES) {
      return refuse(413, "payload_too_large", "Cannot read request: it is too large");
    }
    try {
      const project = await findProject(target.name, variables);
      const answer = await fetch(`${project}/functions/v1${target.path}${search}`, {
        method: request.method,
        headers: pickHeaders(request.headers),
        body: request.body,
        redirect: "manual",
      });
      return restorePage(answer, target.path);
    } catch {
      const state = "the functions are out of reach, try again";
      return refuse(503, "temporarily_unavailable", `Cannot answer now: ${state}`, { "Retry-After": "5" });
    }
  },
};

/**
 * The path as the project has it, and the name by which its project is found.
 *
 * @param {string} pathname
 * @param {Variables} variables
 * @returns {{ path: string, name: string } | undefined}
 */
function findTarget(pathname, { GATEPOST_DEFAULT_SERVER: defaultServer }) {
  const document = DOCUMENT.exec(pathname);
  if (document !== null) {
    return { path: `/oauth${pathname}`, name: document.groups?.name ?? "" };
  }
  const path = defaultServer ? leadToDefault(pathname, defaultServer) : pathname;
  const called = FUNCTION.exec(path);
  return called === null ? undefined : { path, name: called.groups?.name ?? "" };
}

/**
 * A table that cannot be read is a failure of the moment: the default project would answer that there is no such server.
 *
 * @param {string} name
 * @param {Variables} variables
 * @returns {Promise<string>}
 */
async function findProject(
  name,
  { GATEPOST_PROJECT: project, GATEPOST_PROJECTS: others = {}, GATEPOST_TABLE: table },
) {
  if (Object.hasOwn(others, name)) {
    return others[name] ?? project;
  }
  return (name === "" ? undefined : await table?.get(name)) ?? project;
}

/**
 * @param {string} pathname
 * @param {string} slug
 * @returns {string}
 */
function leadToDefault(pathname, slug) {
  return pathname
    .replace(DEFAULT_ENDPOINT, `/oauth-$1/${slug}`)
    .replace(DEFAULT_DOCUMENT, `/oauth/${slug}/.well-known/$1`);
}

/**
 * @param {Headers} received
 * @returns {Headers}
 */
function pickHeaders(received) {
  const headers = new Headers([...received].filter(([name]) => !UNPROVEN_HEADERS.test(name)));
  const address = received.get("CF-Connecting-IP");
  if (address !== null) {
    headers.set("X-Forwarded-For", address);
    headers.set("X-Real-IP", address);
  }
  return headers;
}

/**
 * Makes a page of what the platform made text of, with a policy under which no form can be sent.
 *
 * A page says in a header which policy it has.
 *
 * @param {Response} answer
 * @param {string} path
 * @returns {Response}
 */
function restorePage(answer, path) {
  const restored = new Response(answer.body, answer);
  const policy = answer.headers.get("Gatepost-Page");
  restored.headers.delete("Gatepost-Page");
  if (policy !== null && /^\/(mcp|oauth-(authorize|callback|connections))\//.test(path)) {
    restored.headers.set("Content-Type", "text/html; charset=utf-8");
    restored.headers.set("Content-Security-Policy", policy);
  }
  return restored;
}

/**
 * @param {number} status
 * @param {string} error
 * @param {string} error_description
 * @param {Record<string, string>} [headers]
 * @returns {Response}
 */
function refuse(status, error, error_description, headers = {}) {
  return Response.json({ error, error_description }, { status, headers });
}
