import { assertEquals, assertMatch } from "@std/assert";
import { hashSecret, randomSecret } from "../../functions/_shared/secrets/secrets.ts";
import { CODE_CHALLENGE, CODE_VERIFIER } from "../support/client/requests.ts";

Deno.test("a secret is 258 random bits in 43 characters that need no encoding", () => {
  const secrets = Array.from({ length: 100 }, () => randomSecret());

  secrets.forEach((secret) => assertMatch(secret, /^[A-Za-z0-9_-]{43}$/));
  assertEquals(new Set(secrets).size, 100);
});

Deno.test("a secret may be shorter", () => {
  assertMatch(randomSecret(22), /^[A-Za-z0-9_-]{22}$/);
});

Deno.test("a hash is the S256 challenge of RFC 7636, appendix B", () => {
  assertEquals(hashSecret(CODE_VERIFIER), CODE_CHALLENGE);
});
