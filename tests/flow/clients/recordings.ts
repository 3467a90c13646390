/**
 * What each client sends: its registration, its requests' order and headers, where it wants to be sent back to.
 *
 * `tests/CLIENTS.md` lists them with the standards they rest on. A member that
 * is left out is one that the client leaves out.
 *
 * @module
 */

/** One client, as it introduces itself and as it asks. */
export interface Recording {
  client: string;
  /** Where and when it was seen, for one that others published. */
  source?: string;
  /** The revision of the protocol that it offers. */
  revision: string;
  /** How it makes itself known: it registers, or its id is the URL of this document. */
  introduction: { kind: "registration" | "document"; metadata: Record<string, unknown> };
  /** Where it asks to be sent back to, which need not be what it registered. */
  redirectUri: string;
  /** How it proves itself at the token endpoint. */
  proof: "none" | "post" | "basic" | "assertion";
  /** Asks for the authorize URL as JSON first, and goes there only if that is well. */
  looksBeforeItLeaps?: boolean;
  /** Runs in a page of this origin, so that a browser preflights its requests. */
  origin?: string;
  scope?: string;
  /** Names the scope when it refreshes, too. */
  repeatsScope?: boolean;
  /** What it asks the person for (OpenID Connect Core 1.0 section 3.1.2.1). */
  prompt?: string;
  /** How it spells the resource, where it names it. */
  resource?: (mcpUrl: string) => string;
  /** Names the resource at the token endpoint as well. */
  repeatsResource?: boolean;
  /** Processes that refresh with the one token they share, at the same time. */
  refreshers?: number;
}

const asPasted = (mcpUrl: string): string => mcpUrl;
const codeAndRefresh = ["authorization_code", "refresh_token"];

/** What chatgpt.com/oauth/client.json holds: the preference is a key, the offer is not to need one. */
const chatGpt = {
  client_uri: "https://chatgpt.com/",
  redirect_uris: ["https://chatgpt.com/connector_platform_oauth_redirect"],
  token_endpoint_auth_method: "private_key_jwt",
  token_endpoint_auth_methods_supported: ["none", "private_key_jwt"],
  grant_types: codeAndRefresh,
  response_types: ["code"],
  client_name: "ChatGPT",
  logo_uri: "https://persistent.oaistatic.com/sonic/misc/openai-logo.png",
  token_endpoint_auth_signing_alg: "RS256",
  jwks_uri: "https://chatgpt.com/oauth/jwks.json",
};

export const recordings: Recording[] = [
  {
    client: "Cursor",
    revision: "2025-11-25",
    introduction: {
      kind: "registration",
      metadata: {
        client_name: "Cursor",
        redirect_uris: [
          "cursor://anysphere.cursor-mcp/oauth/callback",
          "https://www.cursor.com/agents/mcp/oauth/callback",
          "http://localhost:8787/callback",
        ],
        grant_types: codeAndRefresh,
        response_types: ["code"],
        token_endpoint_auth_method: "none",
      },
    },
    redirectUri: "cursor://anysphere.cursor-mcp/oauth/callback",
    proof: "none",
    resource: asPasted,
    repeatsResource: true,
  },
  {
    client: "Cursor's background agents",
    revision: "2025-11-25",
    introduction: {
      kind: "registration",
      metadata: {
        client_name: "Cursor",
        redirect_uris: [
          "cursor://anysphere.cursor-mcp/oauth/callback",
          "https://www.cursor.com/agents/mcp/oauth/callback",
          "http://localhost:8787/callback",
        ],
        token_endpoint_auth_method: "none",
      },
    },
    redirectUri: "https://www.cursor.com/agents/mcp/oauth/callback",
    proof: "none",
    resource: asPasted,
  },
  {
    client: "VS Code on a port of its choice",
    revision: "2025-06-18",
    introduction: {
      kind: "registration",
      metadata: {
        client_name: "Visual Studio Code",
        client_uri: "https://code.visualstudio.com",
        redirect_uris: ["https://vscode.dev/redirect", "http://127.0.0.1/", "http://127.0.0.1:33418/"],
        grant_types: [...codeAndRefresh, "urn:ietf:params:oauth:grant-type:device_code"],
        response_types: ["code"],
        token_endpoint_auth_method: "none",
        application_type: "native",
      },
    },
    redirectUri: "http://127.0.0.1:51713/",
    proof: "none",
    scope: "openid email profile",
    resource: asPasted,
  },
  {
    client: "VS Code by way of its web page",
    revision: "2025-11-25",
    introduction: {
      kind: "registration",
      metadata: {
        client_name: "Visual Studio Code",
        redirect_uris: ["https://vscode.dev/redirect", "http://127.0.0.1/", "http://127.0.0.1:33418/"],
        token_endpoint_auth_method: "none",
      },
    },
    redirectUri: "https://vscode.dev/redirect",
    proof: "none",
    resource: (mcpUrl) => `${mcpUrl}/`,
  },
  {
    client: "Claude, registered",
    revision: "2025-11-25",
    introduction: {
      kind: "registration",
      metadata: {
        client_name: "Claude",
        redirect_uris: ["https://claude.ai/api/mcp/auth_callback"],
        grant_types: codeAndRefresh,
        response_types: ["code"],
        token_endpoint_auth_method: "client_secret_post",
        scope: "openid email profile",
      },
    },
    redirectUri: "https://claude.ai/api/mcp/auth_callback",
    proof: "post",
    scope: "openid email profile offline_access",
    resource: asPasted,
    repeatsResource: true,
  },
  {
    client: "Claude, described",
    revision: "2025-11-25",
    introduction: {
      kind: "document",
      metadata: {
        client_name: "Claude",
        client_uri: "https://claude.ai",
        redirect_uris: ["https://claude.ai/api/mcp/auth_callback"],
        grant_types: codeAndRefresh,
        response_types: ["code"],
        token_endpoint_auth_method: "none",
      },
    },
    redirectUri: "https://claude.ai/api/mcp/auth_callback",
    proof: "none",
    resource: asPasted,
    repeatsResource: true,
  },
  {
    client: "Claude Code, described, in several processes",
    source: "Claude Code 2.1.332 as `deno task test:clients` runs it, 2026-11-26",
    revision: "2026-07-28",
    introduction: {
      kind: "document",
      metadata: {
        client_name: "Claude Code",
        client_uri: "https://claude.ai",
        redirect_uris: ["http://localhost/callback", "http://127.0.0.1/callback"],
        grant_types: codeAndRefresh,
        response_types: ["code"],
        token_endpoint_auth_method: "none",
      },
    },
    redirectUri: "http://localhost:60695/callback",
    proof: "none",
    scope: "openid email profile offline_access",
    prompt: "consent",
    resource: asPasted,
    repeatsResource: true,
    refreshers: 5,
  },
  {
    client: "Claude Code, registered, in several processes",
    revision: "2025-11-25",
    introduction: {
      kind: "registration",
      metadata: {
        client_name: "Claude Code",
        redirect_uris: ["http://localhost:3118/callback"],
        grant_types: codeAndRefresh,
        response_types: ["code"],
        token_endpoint_auth_method: "none",
      },
    },
    redirectUri: "http://localhost:59217/callback",
    proof: "none",
    resource: asPasted,
    repeatsResource: true,
    refreshers: 5,
  },
  {
    client: "ChatGPT, described, where nobody asks it for an assertion",
    source:
      "django-oauth/django-oauth-toolkit#1845, 2026-08-26; the connector's in cloudflare/workers-oauth-provider#293",
    revision: "2025-06-18",
    introduction: { kind: "document", metadata: chatGpt },
    redirectUri: "https://chatgpt.com/connector_platform_oauth_redirect",
    proof: "none",
    scope: "openid email profile offline_access",
    resource: asPasted,
    repeatsResource: true,
  },
  {
    client: "ChatGPT, described, as it proves itself where private_key_jwt is advertised",
    source:
      "operately/operately#5164, 2026-08-26: prefers an assertion; engram-app/Engram#1633, 2026-09-15: an RSA key",
    revision: "2025-06-18",
    introduction: { kind: "document", metadata: chatGpt },
    redirectUri: "https://chatgpt.com/connector_platform_oauth_redirect",
    proof: "assertion",
    scope: "openid email profile offline_access",
    resource: asPasted,
    repeatsResource: true,
  },
  {
    client:
      "ChatGPT in developer mode, whose document offers private_key_jwt alone, and which changes its key",
    source: "Altinity/altinity-mcp#118, 2026-05-15",
    revision: "2025-06-18",
    introduction: {
      kind: "document",
      metadata: {
        client_uri: "https://chatgpt.com/",
        redirect_uris: ["https://chatgpt.com/connector/oauth/kDmjx77UnKOM"],
        ...{ grant_types: codeAndRefresh, response_types: ["code"], client_name: "ChatGPT" },
        token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_signing_alg: "RS256",
        jwks_uri: "https://chatgpt.com/oauth/jwks.json",
      },
    },
    redirectUri: "https://chatgpt.com/connector/oauth/kDmjx77UnKOM",
    proof: "assertion",
    scope: "openid email profile offline_access",
    resource: asPasted,
    repeatsResource: true,
  },
  {
    client: "ChatGPT, registered for less than it asks for later",
    revision: "2025-06-18",
    introduction: {
      kind: "registration",
      metadata: {
        client_name: "ChatGPT",
        redirect_uris: ["https://chatgpt.com/connector_platform_oauth_redirect"],
        grant_types: ["authorization_code"],
        token_endpoint_auth_method: "client_secret_basic",
        scope: "openid",
      },
    },
    redirectUri: "https://chatgpt.com/connector_platform_oauth_redirect",
    proof: "basic",
    scope: "openid email profile offline_access",
    resource: asPasted,
  },
  {
    client: "Codex, described",
    source: "Codex 0.169.0 as `deno task test:clients` runs it, 2026-11-26",
    revision: "2025-06-18",
    introduction: {
      kind: "document",
      metadata: {
        client_name: "Codex",
        client_uri: "https://chatgpt.com/codex",
        application_type: "native",
        redirect_uris: ["http://127.0.0.1/callback", "http://localhost/callback"],
        grant_types: codeAndRefresh,
        response_types: ["code"],
        token_endpoint_auth_method: "none",
        token_endpoint_auth_methods_supported: ["none"],
      },
    },
    redirectUri: "http://127.0.0.1:35891/callback",
    proof: "none",
    scope: "openid email profile offline_access",
    repeatsScope: true,
    resource: asPasted,
    repeatsResource: true,
  },
  {
    client: "Codex, registered",
    source: "Codex 0.169.0 as `deno task test:clients` runs it, 2026-11-26",
    revision: "2025-06-18",
    introduction: {
      kind: "registration",
      metadata: {
        client_name: "Codex",
        redirect_uris: ["http://127.0.0.1:35543/callback"],
        grant_types: codeAndRefresh,
        token_endpoint_auth_method: "none",
        response_types: ["code"],
        scope: "openid email profile offline_access",
        application_type: "native",
      },
    },
    redirectUri: "http://127.0.0.1:35543/callback",
    proof: "none",
    scope: "openid email profile offline_access",
    repeatsScope: true,
    resource: asPasted,
    repeatsResource: true,
  },
  {
    client: "an older Codex",
    revision: "2025-06-18",
    introduction: {
      kind: "registration",
      metadata: {
        client_name: "Codex",
        redirect_uris: ["http://127.0.0.1:1455/callback"],
        grant_types: codeAndRefresh,
        response_types: ["code"],
        token_endpoint_auth_method: "none",
      },
    },
    redirectUri: "http://127.0.0.1:60021/callback",
    proof: "none",
  },
  {
    client: "mcp-remote",
    revision: "2025-11-25",
    introduction: {
      kind: "registration",
      metadata: {
        client_name: "MCP CLI Proxy",
        client_uri: "https://github.com/modelcontextprotocol/mcp-cli",
        redirect_uris: ["http://localhost:3334/oauth/callback"],
        grant_types: codeAndRefresh,
        response_types: ["code"],
        token_endpoint_auth_method: "none",
        software_id: "2e6dc280-f3c3-4e01-99a7-8181dbd1d23d",
        software_version: "0.1.0",
      },
    },
    redirectUri: "http://localhost:23334/oauth/callback",
    proof: "none",
    looksBeforeItLeaps: true,
    scope: "openid email profile",
    resource: asPasted,
    repeatsResource: true,
  },
  {
    client: "a client in a browser, such as MCP Inspector",
    revision: "2025-11-25",
    introduction: {
      kind: "registration",
      metadata: {
        client_name: "MCP Inspector",
        client_uri: "https://github.com/modelcontextprotocol/inspector",
        redirect_uris: ["http://localhost:6274/oauth/callback"],
        grant_types: codeAndRefresh,
        response_types: ["code"],
        token_endpoint_auth_method: "none",
        scope: "openid email profile",
      },
    },
    redirectUri: "http://localhost:6274/oauth/callback",
    proof: "none",
    origin: "http://localhost:6274",
    scope: "openid email profile",
    resource: asPasted,
    repeatsResource: true,
  },
  {
    client: "a client of the stateless revision",
    revision: "2026-07-28",
    introduction: {
      kind: "document",
      metadata: {
        client_name: "Stateless client",
        redirect_uris: ["http://127.0.0.1/callback"],
        token_endpoint_auth_method: "none",
      },
    },
    redirectUri: "http://127.0.0.1:40400/callback",
    proof: "none",
    origin: "https://app.example.com",
    resource: asPasted,
    repeatsResource: true,
  },
  {
    client: "a client of the first revision with authorization, which knows no resource",
    revision: "2025-03-26",
    introduction: {
      kind: "registration",
      metadata: { client_name: "Old client", redirect_uris: ["http://127.0.0.1:8080/callback"] },
    },
    redirectUri: "http://127.0.0.1:8080/callback",
    proof: "basic",
  },
];
