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

Deno.test("what is registered but hostile is still not redirected to", () => {
  const found = findRegisteredRedirectUri("javascript:alert(1)", ["javascript:alert(1)"]);

  assertEquals(found, undefined);
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
