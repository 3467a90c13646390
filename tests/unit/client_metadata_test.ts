import { assertEquals, assertThrows } from "@std/assert";
import {
  type ClientMetadata,
  parseDescription,
  parseRegistration,
} from "../../functions/_shared/client/metadata.ts";
import { OAuthError } from "../../functions/_shared/errors.ts";

function parse(metadata: Record<string, unknown>): ClientMetadata {
  return parseRegistration(metadata, false);
}

const REDIRECT = { redirect_uris: ["https://app.example.com/callback"] };
const GRANTED = { grant_types: ["authorization_code", "refresh_token"], response_types: ["code"] };

Deno.test("the least a client can say is completed", () => {
  assertEquals(parse(REDIRECT), {
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
    assertEquals(parse(metadata), { ...registered, ...GRANTED } as ClientMetadata);
  });
}

Deno.test("members that nobody knows, null and empty texts are left out", () => {
  const metadata = parse({
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
  const metadata = parse({ ...REDIRECT, grant_types: ["authorization_code"] });

  assertEquals(metadata.grant_types, ["authorization_code", "refresh_token"]);
});

const CERTIFIED_KEY = { kty: "EC", crv: "P-256", x: "eA", y: "eQ", kid: "1", x5c: ["MII"], use: "sig" };
const KEY = { kty: "EC", kid: "1", use: "sig", crv: "P-256", x: "eA", y: "eQ" };
const JWKS_URI = "https://app.example.com/jwks.json";

/** What is kept of one member, by what was sent; nothing where it is left out. */
const CLEANED: [member: string, sent: unknown, kept: unknown][] = [
  ["client_name", "Ünïcödé 应用", "Ünïcödé 应用"],
  ["client_name", "A & <b>B</b>", "A & <b>B</b>"],
  ["client_name", "👩‍💻 Pair", "👩‍💻 Pair"],
  ["client_name", "می‌خواهم", "می‌خواهم"],
  ["client_name", "Claude\n", "Claude"],
  ["client_name", "a\u0000b\ud800", "ab"],
  ["client_name", "moc.elgoog\u202e", "moc.elgoog"],
  ["client_name", "a".repeat(250), "a".repeat(200)],
  ["client_name", " \u200b ", undefined],
  ["client_name", { en: "App" }, undefined],
  ["client_name", 7, undefined],
  ["client_uri", "https://app.example.com/", "https://app.example.com/"],
  ["client_uri", "javascript:alert(1)", undefined],
  ["client_uri", "file:///etc/passwd", undefined],
  ["client_uri", 'https://example.com/"><script>', undefined],
  ["logo_uri", "data:image/svg+xml;base64,PHN2Zy8+", undefined],
  ["logo_uri", "https://user@example.com/", undefined],
  ["logo_uri", "https://example.com/$(id)", undefined],
  ["logo_uri", ["https://example.com/"], undefined],
  ["tos_uri", "https://example.com/`id`", undefined],
  ["policy_uri", `https://example.com/${"a".repeat(2000)}`, undefined],
  ["software_id", "a\r\nb", "a b"],
  ["software_version", 2, undefined],
  ["scope", "openid email", "openid email"],
  ["scope", "  openid  email\n", "openid email"],
  ["scope", ["openid", "email"], "openid email"],
  ["scope", " ", undefined],
  ["scope", 'a"b', undefined],
  ["scope", "a".repeat(2001), undefined],
  ["scope", 7, undefined],
  ["application_type", "native", "native"],
  ["application_type", "browser", undefined],
  ["application_type", "desktop", undefined],
  ["application_type", ["web"], undefined],
  ["grant_types", [], GRANTED.grant_types],
  ["grant_types", "authorization_code", GRANTED.grant_types],
  ["grant_types", ["refresh_token"], GRANTED.grant_types],
  ["grant_types", ["authorization_code", "urn:x:other", 7], GRANTED.grant_types],
  ["grant_types", 7, GRANTED.grant_types],
  ["response_types", [], GRANTED.response_types],
  ["response_types", "code", GRANTED.response_types],
  ["response_types", ["code token", "code"], GRANTED.response_types],
  ["token_endpoint_auth_method", "client_secret_jwt", "client_secret_basic"],
  ["token_endpoint_auth_method", "tls_client_auth", "client_secret_basic"],
  ["token_endpoint_auth_method", 7, "client_secret_basic"],
  ["token_endpoint_auth_methods_supported", ["none", "client_secret_basic"], undefined],
  ["contacts", ["person@example.com"], undefined],
  ["jwks", { keys: [KEY] }, undefined],
  ["client_secret", "chosen", undefined],
];
for (const [member, sent, kept] of CLEANED) {
  Deno.test(`a client registers whose ${member} is ${JSON.stringify(sent).slice(0, 60)}`, () => {
    const metadata = parse({ ...REDIRECT, [member]: sent }) as unknown as Record<string, unknown>;

    assertEquals(metadata[member], kept);
    assertEquals(Object.values(metadata).filter((value) => value === null || value === undefined), []);
  });
}

/** Which method a client gets that registers with this. */
const METHODS: [what: string, sent: Record<string, unknown>, method: string][] = [
  ["nothing", {}, "client_secret_basic"],
  ["a preference", { token_endpoint_auth_method: "none" }, "none"],
  ["an offer alone", { token_endpoint_auth_methods_supported: ["none", "client_secret_post"] }, "none"],
  ["a preference that cannot be had, and an offer", {
    token_endpoint_auth_method: "tls_client_auth",
    token_endpoint_auth_methods_supported: ["tls_client_auth", "client_secret_post"],
  }, "client_secret_post"],
  ["keys, which it prefers", {
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_methods_supported: ["none", "private_key_jwt"],
    jwks_uri: JWKS_URI,
  }, "private_key_jwt"],
  ["a preference for keys that it does not have, and an offer", {
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_methods_supported: ["none", "private_key_jwt"],
  }, "none"],
];
for (const [what, sent, method] of METHODS) {
  Deno.test(`a client that registers with ${what} gets ${method}`, () => {
    assertEquals(parse({ ...REDIRECT, ...sent }).token_endpoint_auth_method, method);
  });
}

/** What is kept of the keys of a client whose only method is private_key_jwt. */
const KEYS: [what: string, sent: Record<string, unknown>, kept: Record<string, unknown>][] = [
  ["a key set elsewhere", { jwks_uri: JWKS_URI }, { jwks_uri: JWKS_URI }],
  ["keys with it, and what nobody needs of them", { jwks: { keys: [CERTIFIED_KEY] } }, {
    jwks: { keys: [KEY] },
  }],
  ["both, of which it can rotate one", { jwks_uri: JWKS_URI, jwks: { keys: [KEY] } }, { jwks_uri: JWKS_URI }],
  ["bad keys beside a good one", {
    jwks: { keys: [null, "key", { kty: "oct", k: "eA" }, { ...KEY, use: "enc" }, { ...KEY, d: "ZA" }, KEY] },
  }, { jwks: { keys: [KEY] } }],
  ["an algorithm", { jwks_uri: JWKS_URI, token_endpoint_auth_signing_alg: "RS256" }, {
    jwks_uri: JWKS_URI,
    token_endpoint_auth_signing_alg: "RS256",
  }],
  ["an algorithm that cannot be had, and an offer", {
    jwks_uri: JWKS_URI,
    token_endpoint_auth_signing_alg: "ES256K",
    token_endpoint_auth_signing_alg_values_supported: ["ES256K", "ES256"],
  }, { jwks_uri: JWKS_URI, token_endpoint_auth_signing_alg_values_supported: ["ES256"] }],
];
for (const [what, sent, kept] of KEYS) {
  Deno.test(`a client registers for private_key_jwt with ${what}`, () => {
    const metadata = parse({ ...REDIRECT, token_endpoint_auth_method: "private_key_jwt", ...sent });

    assertEquals(metadata, {
      ...REDIRECT,
      ...GRANTED,
      token_endpoint_auth_method: "private_key_jwt",
      ...kept,
    });
  });
}

const REDIRECTS = "Cannot register client: redirect_uris must list 1 to 20 URIs";
const NO_KEYS = "Cannot register client: the keys of private_key_jwt are malformed or not supported";
const REFUSED: [what: string, metadata: Record<string, unknown>, code: string, sentence: string][] = [
  ["no redirect URI", { redirect_uris: undefined }, "invalid_redirect_uri", REDIRECTS],
  ["an empty list of redirect URIs", { redirect_uris: [] }, "invalid_redirect_uri", REDIRECTS],
  ["a text for a list", { redirect_uris: "https://app.example.com/" }, "invalid_redirect_uri", REDIRECTS],
  ["a number for a redirect URI", { redirect_uris: [7] }, "invalid_redirect_uri", REDIRECTS],
  [
    "21 redirect URIs",
    { redirect_uris: Array(21).fill("https://app.example.com/") },
    "invalid_redirect_uri",
    REDIRECTS,
  ],
  [
    "a hostile redirect URI beside a good one",
    { redirect_uris: ["https://app.example.com/", "javascript:alert(1)"] },
    "invalid_redirect_uri",
    "Cannot register redirect URI: its scheme does not lead to an app",
  ],
  ...[["implicit"], ["client_credentials"]].map((grant_types): typeof REFUSED[number] => [
    `the grant type ${grant_types} alone`,
    { grant_types },
    "invalid_client_metadata",
    "Cannot register client: grant_types is malformed or not supported",
  ]),
  ...[["token"], ["code token"]].map((response_types): typeof REFUSED[number] => [
    `the response type ${response_types} alone`,
    { response_types },
    "invalid_client_metadata",
    "Cannot register client: response_types is malformed or not supported",
  ]),
  ...[
    {},
    { jwks_uri: "http://app.example.com/jwks.json" },
    { jwks_uri: "https://user@app.example.com/jwks.json" },
    { jwks_uri: "https://169.254.169.254/jwks.json" },
    { jwks_uri: "https://localhost/jwks.json" },
    { jwks_uri: "https://app.example.com/$(id)" },
    { jwks_uri: 7 },
    { jwks: { keys: [] } },
    { jwks: { keys: [{ kty: "oct", k: "eA" }] } },
    { jwks: { keys: [{ ...KEY, d: "ZA" }] } },
    { jwks: [KEY] },
    { jwks_uri: JWKS_URI, token_endpoint_auth_signing_alg: "HS256" },
    { jwks_uri: JWKS_URI, token_endpoint_auth_signing_alg: "none" },
  ].map((keys): typeof REFUSED[number] => [
    `nothing to prove itself with but the keys ${JSON.stringify(keys)}`,
    { token_endpoint_auth_method: "private_key_jwt", ...keys },
    "invalid_client_metadata",
    NO_KEYS,
  ]),
];
for (const [what, metadata, code, sentence] of REFUSED) {
  Deno.test(`a client is refused that registers with ${what}`, () => {
    const error = assertThrows(() => parse({ ...REDIRECT, ...metadata }), OAuthError);

    assertEquals([error.code, error.message], [code, sentence]);
  });
}

/** What a client that is described by a document must prove. */
const DESCRIBED: [document: Record<string, unknown>, method: string | undefined][] = [
  [{}, "none"],
  [{ token_endpoint_auth_method: "none" }, "none"],
  // What ChatGPT publishes: the preference is not the offer.
  [{
    token_endpoint_auth_method: "private_key_jwt",
    token_endpoint_auth_methods_supported: ["none", "private_key_jwt"],
    jwks_uri: JWKS_URI,
  }, "none"],
  [{ token_endpoint_auth_method: "private_key_jwt", jwks_uri: JWKS_URI }, "private_key_jwt"],
  [{ token_endpoint_auth_methods_supported: ["private_key_jwt"], jwks: { keys: [KEY] } }, "private_key_jwt"],
  [{ token_endpoint_auth_method: "client_secret_post" }, undefined],
  [
    { token_endpoint_auth_method: "client_secret_post", token_endpoint_auth_methods_supported: ["none"] },
    "none",
  ],
  [{ token_endpoint_auth_method: "private_key_jwt" }, undefined],
  [{ token_endpoint_auth_method: "private_key_jwt", jwks_uri: "https://127.0.0.1/jwks" }, undefined],
  [{ token_endpoint_auth_method: "tls_client_auth" }, undefined],
];
for (const [document, method] of DESCRIBED) {
  Deno.test(`a client described by ${JSON.stringify(document)} must prove: ${method ?? "what cannot be had"}`, () => {
    const metadata = parseDescription({ ...REDIRECT, ...document }, false);

    assertEquals(metadata?.token_endpoint_auth_method, method);
  });
}

Deno.test("a client that need not prove anything keeps the keys that its assertions are checked with", () => {
  const metadata = parseDescription({
    ...REDIRECT,
    token_endpoint_auth_methods_supported: ["none", "private_key_jwt"],
    jwks_uri: JWKS_URI,
  }, false);

  assertEquals(metadata?.jwks_uri, JWKS_URI);
});

Deno.test("local development takes a key set over http", () => {
  const metadata = parseRegistration({
    ...REDIRECT,
    token_endpoint_auth_method: "private_key_jwt",
    jwks_uri: "http://127.0.0.1:4000/jwks",
  }, true);

  assertEquals(metadata.jwks_uri, "http://127.0.0.1:4000/jwks");
});
