import { assertEquals, assertThrows } from "@std/assert";
import { OAuthError } from "../../functions/_shared/errors.ts";
import {
  checkRedirectUri,
  describeRedirectUri,
  findRegisteredRedirectUri,
} from "../../functions/_shared/client/redirect_uri.ts";

const ACCEPTED = [
  "https://vscode.dev/redirect",
  "http://127.0.0.1/",
  "http://127.0.0.1:33418/",
  "http://localhost:8787/callback",
  "http://[::1]:4000/callback",
  "cursor://anysphere.cursor-mcp/oauth/callback",
  "com.example.app:/oauth",
  "https://example.com/callback?tenant=1",
  "https://example.com/@scope/callback?account=a@b.example",
  "http://127.0.0.1:8080/@me",
  // Seen in registrations: VS Code, Raycast (raycast/extensions), Kiro, Windsurf, MSAL on Android and iOS.
  "vscode://github.copilot/callback",
  "raycast://oauth?package_name=Extension",
  "kiro://kiro.oauth/callback",
  "windsurf://codeium.windsurf/oauth/callback",
  "msal5e3ce6c0-2b1f-4285-8d4b-75ee78787346://auth",
  "msauth.com.example.app://auth",
];
for (const uri of ACCEPTED) {
  Deno.test(`a client may register ${uri}`, () => checkRedirectUri(uri));
}

const REFUSED = [
  "javascript:alert(1)",
  "data:text/html,x",
  "file:///etc/passwd",
  "HTTPS://example.com/callback",
  "java\tscript:alert(1)",
  "http://example.com/callback",
  "https://user@example.com/",
  "https://example.com@evil.example/",
  "https://example.com\\@evil.example/",
  "https://example.com/callback#fragment",
  "https://ex%61mple.com/callback",
  "https://EXAMPLE.com/callback",
  "http://2130706433/callback",
  "http://127.1/callback",
  "http://0x7f.0.0.1/callback",
  "https:example.com/callback",
  "/callback",
  "",
  "https://example.com/call back",
  "https://exämple.com/callback",
  "https://@example.com/callback",
  "https://user:pass@example.com/@callback",
  "http://a@127.0.0.1/callback",
  // A scheme without a dot and without an authority is nobody's (RFC 8252 §7.1).
  "app:/callback",
  "app:callback",
  "cursor:/anysphere/callback",
  // What an operating system or one of its programs acts upon, with or without an authority.
  ...[
    "ms-msdt:/id%20PCWDiagnostic",
    "ms-msdt://id",
    "ms-officecmd://x",
    "ms-settings://x",
    "ms-appinstaller://?source=https://evil.example/a.msix",
    "ms-word:ofe%7Cu%7Chttps://evil.example/",
    "search-ms://query=x",
    "search://x",
    "shell:startup",
    "shell://startup",
    "smb://evil.example/share",
    "vbscript://x",
    "ssh://evil.example",
    "ldap://evil.example/cn",
    "x-apple.systempreferences://x",
    "itms-services://?action=download-manifest",
    "microsoft.windows.camera://x",
  ],
];
for (const uri of REFUSED) {
  Deno.test(`a client may not register ${JSON.stringify(uri)}`, () => {
    assertThrows(() => checkRedirectUri(uri), OAuthError);
  });
}

const REGISTERED = [
  "https://app.example.com/callback",
  "http://127.0.0.1/callback",
  "http://localhost:8787/cb?x=1",
];
const COMPARED: [asked: string, found: boolean][] = [
  ["https://app.example.com/callback", true],
  ["https://app.example.com/callback/", false],
  ["https://app.example.com/callback?x=1", false],
  ["https://app.example.com:8443/callback", false],
  ["https://app.example.com.evil.example/callback", false],
  ["http://app.example.com/callback", false],
  ["http://127.0.0.1:50000/callback", true],
  ["http://127.0.0.1:50000/other", false],
  ["http://localhost:50000/callback", false],
  ["http://localhost:1/cb?x=1", true],
  ["http://localhost:1/cb?x=2", false],
  ["http://user@127.0.0.1:50000/callback", false],
];
for (const [asked, found] of COMPARED) {
  Deno.test(`${asked} is ${found ? "" : "not "}a registered redirect URI`, () => {
    assertEquals(findRegisteredRedirectUri(asked, REGISTERED) !== undefined, found);
  });
}

const MORE_REFUSED = [
  "vbscript:x",
  "blob:https://example.com/1",
  "about:blank",
  "view-source:https://example.com/",
  "ftp://example.com/",
  "intent://example.com/#Intent;end",
  "https://example.com%2eevil.example/",
  "https://evil.example#.example.com/",
  "https:///example.com/callback",
  "https://[::ffff:127.0.0.1]/callback",
  "http://[0:0:0:0:0:0:0:1]/callback",
  "http://127.0.0.1.evil.example/callback",
  "http://localhost.evil.example/callback",
  "https://example.com/\u0000",
  "https://example.com/\r\nX-Y: z",
  `https://example.com/${"a".repeat(2000)}`,
  "https://example.com/<script>",
  "://example.com/",
];
for (const uri of MORE_REFUSED) {
  Deno.test(`a client may not register ${JSON.stringify(uri).slice(0, 60)}`, () => {
    const error = assertThrows(() => checkRedirectUri(uri), OAuthError);

    assertEquals([error.code, error.message.includes(uri)], ["invalid_redirect_uri", false]);
  });
}

for (const uri of ["javascript:alert(1)", "ms-msdt://id", "app:/callback"]) {
  Deno.test(`what is registered but hostile is still not redirected to: ${uri}`, () => {
    assertEquals(findRegisteredRedirectUri(uri, [uri]), undefined);
  });
}

Deno.test("what is registered and is no URI is equal to none", () => {
  assertEquals(findRegisteredRedirectUri("https://app.example.com/", ["no URI", "https://["]), undefined);
});

const DESCRIBED: [uri: string, description: string][] = [
  ["https://app.example.com/callback", "app.example.com"],
  ["https://app.example.com:8443/callback?host=good.example", "app.example.com:8443"],
  ["https://xn--exmple-cua.com/", "xn--exmple-cua.com"],
  ["http://127.0.0.1:33418/", "127.0.0.1 (this computer)"],
  ["http://localhost/cb", "localhost (this computer)"],
  ["http://[::1]:4000/cb", "[::1] (this computer)"],
  ["cursor://anysphere.cursor-mcp/oauth/callback", "the app that opens cursor://"],
  ["com.example.app:/oauth", "the app that opens com.example.app://"],
];
for (const [uri, description] of DESCRIBED) {
  Deno.test(`a person reads ${uri} as ${description}`, () => {
    assertEquals(describeRedirectUri(uri), description);
  });
}
