import { assertEquals } from "@std/assert";
import {
  bindBrowser,
  findBrowserSecret,
  releaseBrowser,
} from "../../functions/_shared/http/browser_binding.ts";

const HTTPS = "https://auth.example.com";
const LOOPBACK = "http://127.0.0.1:54321/functions/v1";
const STATE_HASH = "0123456789abcdefGHIJ";

const COOKIES: [made: string, expected: string][] = [
  [
    bindBrowser(HTTPS, STATE_HASH, "secret"),
    "__Host-gatepost-0123456789abcdef=secret; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600",
  ],
  [
    releaseBrowser(HTTPS, STATE_HASH),
    "__Host-gatepost-0123456789abcdef=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0",
  ],
  [
    bindBrowser(LOOPBACK, STATE_HASH, "secret"),
    "gatepost-0123456789abcdef=secret; Path=/; HttpOnly; SameSite=Lax; Max-Age=600",
  ],
  [
    releaseBrowser(LOOPBACK, STATE_HASH),
    "gatepost-0123456789abcdef=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0",
  ],
];
for (const [made, expected] of COOKIES) {
  Deno.test(`a browser is bound with ${expected}`, () => assertEquals(made, expected));
}

const FOUND: [cookies: string | null, publicUrl: string, secret: string | undefined][] = [
  ["__Host-gatepost-0123456789abcdef=secret", HTTPS, "secret"],
  ["a=b; __Host-gatepost-0123456789abcdef=secret; c=d", HTTPS, "secret"],
  ["a=b;__Host-gatepost-0123456789abcdef=secret=", HTTPS, "secret="],
  ["gatepost-0123456789abcdef=secret", LOOPBACK, "secret"],
  ["gatepost-0123456789abcdef=planted", HTTPS, undefined],
  ["__Host-gatepost-0123456789abcdef=secret", LOOPBACK, undefined],
  ["__Host-gatepost-ffffffffffffffff=other-login", HTTPS, undefined],
  ["x__Host-gatepost-0123456789abcdef=planted", HTTPS, undefined],
  ["", HTTPS, undefined],
  [null, HTTPS, undefined],
];
for (const [cookies, publicUrl, secret] of FOUND) {
  Deno.test(`in the cookies ${cookies} under ${new URL(publicUrl).protocol} the secret is ${secret}`, () => {
    const request = new Request("http://edge/", { headers: cookies === null ? {} : { Cookie: cookies } });

    assertEquals(findBrowserSecret(request, publicUrl, STATE_HASH), secret);
  });
}
