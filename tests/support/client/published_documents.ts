/**
 * The documents that describe clients by their URL, as published, for a machine that cannot reach them.
 *
 * The functions are given a proxy that leads every https host here, and the
 * certificate of it. Nothing else about their fetching changes.
 *
 * @module
 */

/** Where the functions find the documents. */
export interface PublishedDocuments extends AsyncDisposable {
  /** Variables for the functions. */
  env: Record<string, string>;
}

const grants = { grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] };

const documents: Record<string, Record<string, unknown>> = {
  // anthropics/claude-code#42301, #37747 (2026-04) and #64705 (2026-06): no port, no application_type.
  "https://claude.ai/oauth/claude-code-client-metadata": {
    client_name: "Claude Code",
    client_uri: "https://claude.ai",
    redirect_uris: ["http://localhost/callback", "http://127.0.0.1/callback"],
    ...grants,
    token_endpoint_auth_method: "none",
  },
  // Codex asks by this one where `iss` is promised; anomalyco/opencode PR 47737 (2026-09) follows its members.
  "https://chatgpt.com/oauth/codex/client.json": {
    client_name: "Codex",
    client_uri: "https://chatgpt.com/codex",
    application_type: "native",
    redirect_uris: ["http://127.0.0.1/callback", "http://localhost/callback"],
    ...grants,
    token_endpoint_auth_method: "none",
    token_endpoint_auth_methods_supported: ["none"],
  },
};

/** Publishes them. */
export async function publishDocuments(): Promise<PublishedDocuments> {
  const folder = await Deno.makeTempDir({ prefix: "gatepost-documents-" });
  const hosts = [...new Set(Object.keys(documents).map((url) => new URL(url).hostname))];
  const [cert, key] = await makeCertificate(folder, hosts);
  const abort = new AbortController();
  const listening = { hostname: "127.0.0.1", port: 0, signal: abort.signal, onListen: (): void => undefined };
  const server = Deno.serve({ ...listening, cert, key }, (request) => {
    const document = documents[request.url];
    if (document === undefined) {
      return new Response(null, { status: 404 });
    }
    return Response.json({ client_id: request.url, ...document });
  });
  const proxy = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const passing = acceptTunnels(proxy, server.addr.port);
  return {
    env: {
      HTTPS_PROXY: `http://127.0.0.1:${proxy.addr.port}`,
      NO_PROXY: "127.0.0.1,localhost",
      DENO_CERT: `${folder}/cert.pem`,
    },
    async [Symbol.asyncDispose](): Promise<void> {
      proxy.close();
      abort.abort();
      await Promise.all([passing, server.finished]);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function makeCertificate(folder: string, hosts: string[]): Promise<[string, string]> {
  const [cert, key] = [`${folder}/cert.pem`, `${folder}/key.pem`];
  const { success, stderr } = await new Deno.Command("openssl", {
    args: [
      ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
      ...["-days", "2", "-subj", "/CN=documents", "-keyout", key, "-out", cert],
      // A certificate of an authority is refused as a server's.
      ...["-addext", "basicConstraints=critical,CA:FALSE"],
      ...["-addext", `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(",")}`],
    ],
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new Error(new TextDecoder().decode(stderr));
  }
  // The workers read it as whoever runs them.
  await Deno.chmod(folder, 0o755);
  return [await Deno.readTextFile(cert), await Deno.readTextFile(key)];
}

/** A proxy's `CONNECT` (RFC 9110 §9.3.6), whichever host it names. */
async function acceptTunnels(proxy: Deno.Listener, port: number): Promise<void> {
  for await (const connection of proxy) {
    openTunnel(connection, port).catch(() => undefined);
  }
}

async function openTunnel(connection: Deno.Conn, port: number): Promise<void> {
  const buffer = new Uint8Array(4096);
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const read = await connection.read(buffer);
    if (read === null) {
      return connection.close();
    }
    head += new TextDecoder().decode(buffer.subarray(0, read));
  }
  const target = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
  await Promise.allSettled([
    connection.readable.pipeTo(target.writable),
    target.readable.pipeTo(connection.writable),
  ]);
}
