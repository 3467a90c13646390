/**
 * The query of a call on its way to the MCP server.
 *
 * Some servers read from the query of their URL what to serve: a project, a
 * set of tools. People paste such a URL into a client, and the client calls it
 * as it is. The parameters of the owner's URL win: a caller's parameter of the
 * same name is removed, in every spelling that a server may read as that name.
 *
 * @module
 */

/** A token in the query (RFC 6750 §2.3) is the caller's. The MCP server must not get it. */
const NEVER_FORWARDED = ["access_token"];

/** The URL that is called: the configured one, and behind its parameters those of the request. */
export function toUpstreamUrl(configuredUrl: string, requestUrl: string): string {
  if (!requestUrl.includes("?")) {
    return configuredUrl;
  }
  const taken = new Set([...new URL(configuredUrl).searchParams.keys(), ...NEVER_FORWARDED].map(fold));
  const passed = new URL(requestUrl).search.slice(1).split("&")
    .filter((pair) => pair !== "" && !listNames(pair).some((name) => taken.has(name)))
    // Older servers also split parameters at semicolons.
    .map((pair) => pair.replaceAll(";", "%3B"));
  if (passed.length === 0) {
    return configuredUrl;
  }
  const separator = configuredUrl.includes("?") ? "&" : "?";
  return `${configuredUrl}${separator}${passed.join("&")}`;
}

/** What servers read as the name of a parameter: all of it, or the part before a bracket or a NUL. */
function listNames(pair: string): string[] {
  const [name = ""] = new URLSearchParams(pair).keys();
  const [stem = ""] = name.split(/[\0[]/);
  return [fold(name), fold(stem)];
}

/** One spelling for names that some servers read alike: PHP reads `project.ref` as `project_ref`, ASP.NET any case. */
function fold(name: string): string {
  return name.trimStart().toLowerCase().replace(/[^\p{L}\p{N}]/gu, "_");
}
