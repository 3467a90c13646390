import { assertEquals } from "@std/assert";
import { describeUser } from "../../functions/_shared/tokens/user_claims.ts";

const USER = {
  subject: "mcpu_abcdefghijkl",
  email: "person@example.com",
  emailVerified: false,
  profile: {
    sub: "upstream-1",
    name: "Example Person",
    locale: "en",
    picture: 7,
    groups: ["staff"],
    email: "x@y.z",
  },
};

const CLAIMS: [scopes: string[], claims: Record<string, unknown>][] = [
  [[], { sub: "mcpu_abcdefghijkl" }],
  [["openid"], { sub: "mcpu_abcdefghijkl" }],
  [["email"], { sub: "mcpu_abcdefghijkl", email: "person@example.com", email_verified: false }],
  [["profile"], { sub: "mcpu_abcdefghijkl", name: "Example Person", locale: "en" }],
];
for (const [scopes, claims] of CLAIMS) {
  Deno.test(`the scopes ${JSON.stringify(scopes)} open ${Object.keys(claims).join(", ")}`, () => {
    assertEquals(describeUser(USER, scopes), claims);
  });
}

Deno.test("a user without an address has no email claims", () => {
  assertEquals(describeUser({ ...USER, email: null }, ["email"]), { sub: "mcpu_abcdefghijkl" });
});
