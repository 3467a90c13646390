import { assertEquals, assertThrows } from "@std/assert";
import { parseClientMetadata } from "../../functions/_shared/client/metadata.ts";
import { OAuthError } from "../../functions/_shared/errors.ts";

const REDIRECT = { redirect_uris: ["https://app.example.com/callback"] };
const GRANTED = { grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] };

Deno.test("the least a client can say is completed", () => {
  assertEquals(parseClientMetadata(REDIRECT), {
    ...REDIRECT,
    ...GRANTED,
    token_endpoint_auth_method: "client_secret_basic",
  });
});

const CLIENTS: [name: string, metadata: Record<string, unknown>, registered: Record<string, unknown>][] = [
  [
    "Cursor",
    {
      client_name: "Cursor",
      redirect_uris: [
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "https://www.cursor.com/agents/mcp/oauth/callback",
        "http://localhost:8787/callback",
      ],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    },
    {
      client_name: "Cursor",
      redirect_uris: [
        "cursor://anysphere.cursor-mcp/oauth/callback",
        "https://www.cursor.com/agents/mcp/oauth/callback",
        "http://localhost:8787/callback",
      ],
      token_endpoint_auth_method: "none",
    },
  ],
  [
    "VS Code",
    {
      client_name: "Visual Studio Code",
      client_uri: "https://code.visualstudio.com",
      grant_types: ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
      response_types: ["code"],
      redirect_uris: ["https://vscode.dev/redirect", "http://127.0.0.1/", "http://127.0.0.1:33418/"],
      scope: "openid email",
      token_endpoint_auth_method: "none",
      application_type: "native",
    },
    {
      client_name: "Visual Studio Code",
      client_uri: "https://code.visualstudio.com",
      redirect_uris: ["https://vscode.dev/redirect", "http://127.0.0.1/", "http://127.0.0.1:33418/"],
      scope: "openid email",
      token_endpoint_auth_method: "none",
      application_type: "native",
    },
  ],
  [
    "Claude",
    {
      client_name: "Claude",
      redirect_uris: ["https://claude.ai/api/mcp/auth_callback"],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      scope: "openid",
      token_endpoint_auth_method: "client_secret_post",
      logo_uri: null,
      contacts: null,
    },
    {
      client_name: "Claude",
      redirect_uris: ["https://claude.ai/api/mcp/auth_callback"],
      scope: "openid",
      token_endpoint_auth_method: "client_secret_post",
    },
  ],
];
for (const [name, metadata, registered] of CLIENTS) {
  Deno.test(`${name} registers as it does`, () => {
    assertEquals(parseClientMetadata(metadata), { ...registered, ...GRANTED } as ReturnType<
      typeof parseClientMetadata
    >);
  });
}

Deno.test("members that nobody knows, null and empty texts are left out", () => {
  const metadata = parseClientMetadata({
    ...REDIRECT,
    client_name: "",
    tos_uri: null,
    contacts: ["person@example.com"],
    jwks_uri: "https://169.254.169.254/",
    __proto__: { polluted: true },
  });

  assertEquals(Object.keys(metadata).sort(), [
    "grant_types",
    "redirect_uris",
    "response_types",
    "token_endpoint_auth_method",
  ]);
});

Deno.test("a client that does not ask to refresh may refresh", () => {
  const metadata = parseClientMetadata({ ...REDIRECT, grant_types: ["authorization_code"] });

  assertEquals(metadata.grant_types, ["authorization_code", "refresh_token"]);
});

for (const name of ["Ünïcödé 应用", "A & <b>B</b>", "👩‍💻".replace("\u200d", "")]) {
  Deno.test(`a client may be called ${name}`, () => {
    assertEquals(parseClientMetadata({ ...REDIRECT, client_name: name }).client_name, name);
  });
}

const REDIRECTS = "Cannot register client: redirect_uris must list 1 to 20 URIs";
const REFUSED: [member: string, value: unknown, code: string, sentence?: string][] = [
  ["redirect_uris", undefined, "invalid_redirect_uri", REDIRECTS],
  ["redirect_uris", [], "invalid_redirect_uri", REDIRECTS],
  ["redirect_uris", "https://app.example.com/", "invalid_redirect_uri", REDIRECTS],
  ["redirect_uris", [7], "invalid_redirect_uri", REDIRECTS],
  ["redirect_uris", Array(21).fill("https://app.example.com/"), "invalid_redirect_uri", REDIRECTS],
  [
    "redirect_uris",
    ["https://app.example.com/", "javascript:alert(1)"],
    "invalid_redirect_uri",
    "Cannot register redirect URI: its scheme does not lead to an app",
  ],
  ["client_name", "a\nb", "invalid_client_metadata"],
  ["client_name", "a\u0000b", "invalid_client_metadata"],
  ["client_name", "moc.elgoog\u202e", "invalid_client_metadata"],
  ["client_name", "a\u200bb", "invalid_client_metadata"],
  ["client_name", "a\u2028b", "invalid_client_metadata"],
  ["client_name", "half a character \ud800", "invalid_client_metadata"],
  ["client_name", "a".repeat(201), "invalid_client_metadata"],
  ["client_name", { en: "App" }, "invalid_client_metadata"],
  ["client_uri", "javascript:alert(1)", "invalid_client_metadata"],
  ["client_uri", "file:///etc/passwd", "invalid_client_metadata"],
  ["client_uri", 'https://example.com/"><script>', "invalid_client_metadata"],
  ["logo_uri", "data:image/svg+xml,x", "invalid_client_metadata"],
  ["logo_uri", "https://user@example.com/", "invalid_client_metadata"],
  ["logo_uri", "https://example.com/$(id)", "invalid_client_metadata"],
  ["tos_uri", "https://example.com/`id`", "invalid_client_metadata"],
  ["policy_uri", `https://example.com/${"a".repeat(2000)}`, "invalid_client_metadata"],
  ["software_id", "a\r\nb", "invalid_client_metadata"],
  ["software_version", 2, "invalid_client_metadata"],
  ["token_endpoint_auth_method", "private_key_jwt", "invalid_client_metadata"],
  ["token_endpoint_auth_method", "tls_client_auth", "invalid_client_metadata"],
  ["token_endpoint_auth_method", 7, "invalid_client_metadata"],
  ["grant_types", ["implicit"], "invalid_client_metadata"],
  ["grant_types", ["client_credentials"], "invalid_client_metadata"],
  ["grant_types", [], "invalid_client_metadata"],
  ["grant_types", "authorization_code", "invalid_client_metadata"],
  ["response_types", ["token"], "invalid_client_metadata"],
  ["response_types", ["code token"], "invalid_client_metadata"],
  ["scope", 'a"b', "invalid_client_metadata"],
  ["scope", ["openid"], "invalid_client_metadata"],
  ["scope", "a".repeat(2001), "invalid_client_metadata"],
  ["application_type", "desktop", "invalid_client_metadata"],
];
for (const [member, value, code, sentence] of REFUSED) {
  Deno.test(
    `a client is refused whose ${member} is ${(JSON.stringify(value) ?? "missing").slice(0, 60)}`,
    () => {
      const error = assertThrows(() => parseClientMetadata({ ...REDIRECT, [member]: value }), OAuthError);

      assertEquals(
        [error.code, error.message],
        [code, sentence ?? `Cannot register client: ${member} is malformed or not supported`],
      );
    },
  );
}
