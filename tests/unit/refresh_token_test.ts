import { assertEquals, assertMatch } from "@std/assert";
import { makeRefreshToken, parseRefreshToken } from "../../functions/_shared/tokens/refresh_token.ts";
import { hashSecret } from "../../functions/_shared/secrets/secrets.ts";

Deno.test("a refresh token is its handle and its secret, of which only hashes are for the database", () => {
  const made = makeRefreshToken();

  const [, handle, secret] = /^gpr_([A-Za-z0-9_-]{22})([A-Za-z0-9_-]{43})$/.exec(made.token) ?? [];
  assertEquals(made, {
    token: made.token,
    handle: handle!,
    handleHash: hashSecret(handle!),
    secretHash: hashSecret(secret!),
  });
});

Deno.test("a made token parses to itself", () => {
  const made = makeRefreshToken();

  assertEquals(parseRefreshToken(made.token), made);
});

Deno.test("a successor keeps the handle and changes the secret", () => {
  const first = makeRefreshToken();

  const next = makeRefreshToken(first.handle);

  assertEquals([next.handleHash === first.handleHash, next.secretHash === first.secretHash], [true, false]);
  assertMatch(next.token, new RegExp(`^gpr_${first.handle}`));
});

const MALFORMED = [
  "",
  "gpr_",
  `gpr_${"a".repeat(64)}`,
  `gpr_${"a".repeat(66)}`,
  `gpx_${"a".repeat(65)}`,
  `gpr_${"a".repeat(64)}+`,
  `gpr_${"a".repeat(65)}\n`,
  ` gpr_${"a".repeat(65)}`,
];
for (const token of MALFORMED) {
  Deno.test(`${JSON.stringify(token)} is no refresh token`, () => {
    assertEquals(parseRefreshToken(token), undefined);
  });
}
