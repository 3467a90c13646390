/**
 * The network as the machine has it, for the stack's processes: an authority of a company, a proxy.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { startChild } from "../../supabase/local/processes/child.ts";
import { type Certificate, makeCertificate, OPENSSL } from "../support/origin/certificate.ts";
import { isMissing } from "../support/origin/proxy.ts";

const ignore = await isMissing(OPENSSL);

const VARIABLES = [
  "DENO_CERT",
  "DENO_TLS_CA_STORE",
  "SSL_CERT_FILE",
  "HTTP_PROXY",
  "HTTPS_PROXY",
  "NO_PROXY",
];

Deno.test("a child does not trust an authority that nobody named", { ignore }, async () => {
  await using provider = await startProvider();

  const { answer } = await fetchInChild(provider.url, {});

  assertMatch(answer, /UnknownIssuer/);
});

for (const name of ["DENO_CERT", "SSL_CERT_FILE"]) {
  Deno.test(`a child trusts the authority that ${name} names`, { ignore }, async () => {
    await using provider = await startProvider();
    const system = name === "SSL_CERT_FILE" ? { DENO_TLS_CA_STORE: "system" } : {};

    const { answer } = await fetchInChild(provider.url, {
      [name]: provider.certificate.authorityFile,
      ...system,
    });

    assertEquals(answer, "the provider");
  });
}

for (const name of ["HTTP_PROXY", "http_proxy"]) {
  Deno.test(`a child goes through the proxy that ${name} names, but where NO_PROXY says`, async () => {
    await using proxy = serve((request) => new Response(`by proxy to ${new URL(request.url).host}`));
    await using provider = serve(() => new Response("directly"));
    const environment = { [name]: proxy.url, NO_PROXY: "127.0.0.1" };

    const far = await fetchInChild("http://provider.invalid/", environment);
    const near = await fetchInChild(provider.url, environment);

    assertEquals([far.answer, near.answer], ["by proxy to provider.invalid", "directly"]);
  });
}

Deno.test("a function reads none of these variables: a proxy's may hold a password", async () => {
  await using provider = serve(() => new Response("directly"));
  const environment = Object.fromEntries(VARIABLES.map((name) => [name, ""]));

  const { read } = await fetchInChild(provider.url, { ...environment, NO_PROXY: "127.0.0.1" });

  assertEquals(read, ["FUNCTION_VARIABLE"]);
});

/** What a child says that is started while these variables are set, with the rights of a function. */
async function fetchInChild(
  url: string,
  environment: Record<string, string>,
): Promise<{ answer: string; read: string[] }> {
  using _environment = setEnvironment(environment);
  const said = Promise.withResolvers<string>();
  const child = startChild({
    script: new URL("../support/stack/fetching_child.ts", import.meta.url),
    permissions: ["--allow-net", "--allow-env=FUNCTION_VARIABLE", "--ignore-env"],
    env: { FUNCTION_VARIABLE: "1" },
    configuration: { url, variables: ["FUNCTION_VARIABLE", ...VARIABLES] },
    onLine: said.resolve,
  });
  await child.ended;
  return JSON.parse(await said.promise);
}

/** Sets variables of this process until it is disposed, and unsets those that the machine has. */
function setEnvironment(environment: Record<string, string>): Disposable {
  const names = [...VARIABLES, ...VARIABLES.map((name) => name.toLowerCase()), ...Object.keys(environment)];
  const before = names.map((name) => [name, Deno.env.get(name)] as const);
  names.forEach((name) => Deno.env.delete(name));
  Object.entries(environment).forEach(([name, value]) => Deno.env.set(name, value));
  return {
    [Symbol.dispose](): void {
      for (const [name, value] of before) {
        value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
      }
    },
  };
}

/** A provider behind a certificate of its own authority. */
async function startProvider(): Promise<AsyncDisposable & { url: string; certificate: Certificate }> {
  const folder = await Deno.makeTempDir({ prefix: "gatepost-child-" });
  const certificate = await makeCertificate(folder, ["localhost"]);
  const { url, [Symbol.asyncDispose]: stop } = serve(() => new Response("the provider"), certificate);
  return {
    url: url.replace("http://127.0.0.1", "https://localhost"),
    certificate,
    async [Symbol.asyncDispose](): Promise<void> {
      await stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function serve(
  answer: (request: Request) => Response,
  certificate?: Certificate,
): AsyncDisposable & { url: string } {
  const abort = new AbortController();
  const listening = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: (): void => undefined };
  const server = certificate === undefined
    ? Deno.serve(listening, answer)
    : Deno.serve({ ...listening, cert: certificate.cert, key: certificate.key }, answer);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    async [Symbol.asyncDispose](): Promise<void> {
      abort.abort();
      await server.finished;
    },
  };
}
