/**
 * A company that puts its MCP server behind Gatepost: its OpenID provider and its server, on loopback.
 *
 * Smaller than the demo company, and scripted: whom the provider logs in, and
 * what it does wrong, is said by `login_hint`. It keeps what it was sent, so
 * that a test can look for it elsewhere.
 *
 * @module
 */

import {
  McpServer,
  WebStandardStreamableHTTPServerTransport,
  type WebStandardStreamableHTTPServerTransport as Transport,
} from "@modelcontextprotocol/server";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import {
  configSecretOf,
  parseEncryptionKeys,
  sealSecret,
} from "../../../functions/_shared/secrets/encryption.ts";
import { randomSecret } from "../../../functions/_shared/secrets/secrets.ts";
import type { Database } from "../../../supabase/local/database/connect.ts";

/** Whom `login_hint` names does what it says; any other name logs in. */
export const MISBEHAVIOURS = {
  "denies": "the person says no at the provider",
  "demands-login": "the provider wants to be asked again",
  "has-a-problem": "the provider sends temporarily_unavailable back",
  "refuses-scope": "the provider sends invalid_scope back",
  "forgets-state": "the provider sends another state back",
  "mixes-up": "the provider sends another issuer back",
  "refuses-code": "the token endpoint refuses the code",
  "fails": "the token endpoint answers 500",
  "is-busy": "the token endpoint answers 429",
  "is-busy-once": "the token endpoint answers 429, and the code is good afterwards",
  "answers-html": "the token endpoint answers a page",
  "swaps-nonce": "the id_token carries another nonce",
  "swaps-subject": "userinfo names another person",
  "fails-userinfo": "userinfo answers 500",
} as const;

/** A running company. */
export interface Company {
  issuer: string;
  mcpUrl: string;
  clientSecret: string;
  /** Every secret that passed it, by name. */
  secrets: Map<string, string>;
  /** Requests to the provider, such as `POST /token`. */
  requests: string[];
  stop(): Promise<void>;
}

/** Starts a company on a free port. */
export async function startCompany(): Promise<Company> {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const jwk = { ...await exportJWK(publicKey), kid: "company", alg: "ES256", use: "sig" };
  const secrets = new Map<string, string>();
  const requests: string[] = [];
  const logins = new Map<string, { hint: string; nonce: string; tries: number }>();
  const sessions = new Map<string, Transport>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => undefined }, answer);
  const issuer = `http://127.0.0.1:${server.addr.port}`;
  return {
    issuer,
    mcpUrl: `${issuer}/mcp`,
    clientSecret: randomSecret(),
    secrets,
    requests,
    async stop(): Promise<void> {
      await Promise.all([...sessions.values()].map((session) => session.close()));
      await server.shutdown();
    },
  };

  async function answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    requests.push(`${request.method} ${url.pathname}`);
    switch (url.pathname) {
      case "/.well-known/openid-configuration":
        return Response.json(describe());
      case "/jwks":
        return Response.json({ keys: [jwk] });
      case "/authorize":
        return authorize(url.searchParams);
      case "/token":
        return await issue(new URLSearchParams(await request.text()));
      case "/userinfo":
        return tellUser(request);
      case "/mcp":
        return await serveMcp(request);
      default:
        return new Response("Nothing here", { status: 404 });
    }
  }

  function describe(): Record<string, unknown> {
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["ES256"],
      authorization_response_iss_parameter_supported: true,
    };
  }

  function authorize(parameters: URLSearchParams): Response {
    const hint = parameters.get("login_hint") ?? "ada";
    const code = randomSecret();
    logins.set(code, { hint, nonce: parameters.get("nonce") ?? "", tries: 0 });
    keep({ state: parameters.get("state"), code });
    const refusal = {
      "denies": "access_denied",
      "demands-login": "login_required",
      "has-a-problem": "temporarily_unavailable",
      "refuses-scope": "invalid_scope",
    }[hint];
    const location = new URL(parameters.get("redirect_uri")!);
    location.search = new URLSearchParams({
      ...(refusal ? { error: refusal, error_description: "COMPANY SAYS NO" } : { code }),
      state: hint === "forgets-state" ? randomSecret() : parameters.get("state")!,
      iss: hint === "mixes-up" ? "https://other.example.com" : issuer,
    }).toString();
    return new Response(null, { status: 302, headers: { Location: location.href } });
  }

  async function issue(form: URLSearchParams): Promise<Response> {
    const login = logins.get(form.get("code") ?? "");
    keep({ code_verifier: form.get("code_verifier") });
    if (login === undefined || login.hint === "refuses-code") {
      const refusal = { error: "invalid_grant", error_description: "COMPANY SAYS NO" };
      return Response.json(refusal, { status: 400 });
    }
    const { hint, nonce } = login;
    if (hint === "fails") {
      return new Response("COMPANY IS DOWN", { status: 500 });
    }
    if (hint === "is-busy" || (hint === "is-busy-once" && login.tries++ === 0)) {
      return new Response("COMPANY IS BUSY", { status: 429 });
    }
    if (hint === "answers-html") {
      return new Response("<h1>COMPANY SAYS HELLO</h1>", { headers: { "Content-Type": "text/html" } });
    }
    const tokens = {
      access_token: `${hint}.${randomSecret()}`,
      refresh_token: randomSecret(),
      id_token: await new SignJWT({ nonce: hint === "swaps-nonce" ? "another" : nonce })
        .setProtectedHeader({ alg: "ES256", kid: "company" })
        .setIssuer(issuer)
        .setSubject(hint)
        .setAudience("gatepost")
        .setIssuedAt()
        .setExpirationTime("5 minutes")
        .sign(privateKey),
    };
    keep(tokens);
    return Response.json({ ...tokens, token_type: "Bearer", expires_in: 3600, scope: "openid email" });
  }

  function tellUser(request: Request): Response {
    const [hint = ""] = request.headers.get("Authorization")!.replace("Bearer ", "").split(".");
    if (hint === "fails-userinfo") {
      return new Response("COMPANY IS DOWN", { status: 500 });
    }
    const sub = hint === "swaps-subject" ? "somebody-else" : hint;
    return Response.json({ sub, email: `${hint}@company.example`, email_verified: true });
  }

  /** Serves the transport of 2025-11-25 with sessions, as servers with state do. */
  async function serveMcp(request: Request): Promise<Response> {
    keep({ identity_token: request.headers.get("Gatepost-User") });
    const known = sessions.get(request.headers.get("Mcp-Session-Id") ?? "");
    if (known) {
      return await known.handleRequest(request);
    }
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomSecret,
      enableJsonResponse: true,
      onsessioninitialized(id): void {
        keep({ session_id: id });
        sessions.set(id, transport);
      },
    });
    const mcp = new McpServer({ name: "company", version: "1.0.0" });
    mcp.registerTool("token", { description: "Returns the token it was called with" }, (context) => {
      const { headers } = (context as { http?: { req?: Request } }).http?.req ?? {};
      return { content: [{ type: "text", text: headers?.get("Authorization") ?? "none" }] };
    });
    await mcp.connect(transport);
    return await transport.handleRequest(request);
  }

  function keep(named: Record<string, string | null>): void {
    for (const [name, value] of Object.entries(named)) {
      if (value !== null) {
        secrets.set(`upstream ${name} ${secrets.size}`, value);
      }
    }
  }
}

/** Puts a company's server behind Gatepost, in an organization of its own; returns its slug. */
export async function addCompany(
  sql: Database,
  company: Company,
  encryptionKeys: string,
  slug: string = `s${crypto.randomUUID().slice(0, 8)}`,
): Promise<string> {
  const secret = await sealSecret(
    company.clientSecret,
    configSecretOf({ id: `coac_${slug}`, organization_id: `org_${slug}` }),
    parseEncryptionKeys(encryptionKeys),
  );
  await sql`insert into public.organizations (id, name) values (${`org_${slug}`}, ${slug})`;
  await sql`
    insert into public.custom_oauth_configs
      (id, organization_id, name, issuer, client_id, client_secret_ciphertext)
    values (${`coac_${slug}`}, ${`org_${slug}`}, 'Company', ${company.issuer}, 'gatepost', ${secret})`;
  await sql`
    insert into public.mcp_servers (id, organization_id, slug, name, custom_oauth_config_id, upstream_url)
    values (${`mcps_${slug}`}, ${`org_${slug}`}, ${slug}, 'Company', ${`coac_${slug}`}, ${company.mcpUrl})`;
  return slug;
}
