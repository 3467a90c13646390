import { assertEquals } from "@std/assert";
import { grantScope, parseScope } from "../../functions/_shared/tokens/scope.ts";

const PARSED: [scope: string | undefined, scopes: string[]][] = [
  ["a b", ["a", "b"]],
  [" a  b a ", ["a", "b"]],
  ["", []],
  [undefined, []],
  ["a\tb", ["a\tb"]],
];
for (const [scope, scopes] of PARSED) {
  Deno.test(`the scopes of ${JSON.stringify(scope)} are ${JSON.stringify(scopes)}`, () => {
    assertEquals(parseScope(scope), scopes);
  });
}

const SUPPORTED = ["openid", "email", "offline_access"];
const GRANTED: [asked: string | undefined, granted: string][] = [
  [undefined, "openid email offline_access"],
  ["", "openid email offline_access"],
  ["email", "email"],
  ["email openid", "email openid"],
  ["email email", "email"],
  ["email admin", "email"],
  ["admin", ""],
  ["EMAIL", ""],
  ["email\r\nX", ""],
];
for (const [asked, granted] of GRANTED) {
  Deno.test(`who asks for ${JSON.stringify(asked)} is granted ${JSON.stringify(granted)}`, () => {
    assertEquals(grantScope(asked, SUPPORTED), granted);
  });
}
