import { assertEquals } from "@std/assert";
import { exportJWK, generateKeyPair, type JWK } from "jose";
import { buildCallbackEndpoint } from "../../functions/oauth-callback/handler.ts";
import { callbackRequest, claimOf } from "../support/functions/callback_login.ts";
import { buildDependencies, NOW, type TestDependencies } from "../support/functions/dependencies.ts";
import {
  buildUpstream,
  listAsked,
  type Upstream,
  type UpstreamChanges,
} from "../support/provider/upstream.ts";

/** A key of the provider's, and how it is published. */
interface Key {
  sign: CryptoKey;
  jwk: JWK;
}

async function makeKey(kid: string, alg = "ES256"): Promise<Key> {
  const pair = await generateKeyPair(alg, { extractable: true });
  return { sign: pair.privateKey, jwk: { ...await exportJWK(pair.publicKey), kid, alg, use: "sig" } };
}

const [KEY_1, KEY_2, STRANGER, RSA] = await Promise.all([
  makeKey("key-1"),
  makeKey("key-2"),
  makeKey("key-1"),
  makeKey("rsa-1", "RS256"),
]);

/** What the provider publishes and signs with, which a test changes between logins. */
interface Keys {
  published: unknown;
  signing: Key;
  header: Record<string, unknown>;
}

interface Scene {
  keys: Keys;
  upstream: Upstream;
  dependencies: TestDependencies;
  /** Moves the clock. */
  wait: (milliseconds: number) => void;
  /** Logs in and tells what became of it: `ok`, or the reason. */
  logIn: () => Promise<string>;
  /** How often the keys were fetched. */
  fetches: () => number;
}

async function setScene(keys: Partial<Keys> = {}, changes: UpstreamChanges = {}): Promise<Scene> {
  const current: Keys = {
    published: { keys: [KEY_1.jwk] },
    signing: KEY_1,
    header: { alg: "ES256", kid: "key-1" },
    ...keys,
  };
  let waited = 0;
  const upstream = buildUpstream({
    ...changes,
    publishKeys: () => current.published,
    now: () => NOW + waited,
  });
  const dependencies = buildDependencies({
    claim_authorization_session: await claimOf(upstream),
    complete_authorization: { outcome: "completed" },
    fail_authorization_session: "failed",
  }, { safeFetch: upstream.safeFetch, now: () => NOW + waited });
  return {
    keys: current,
    upstream,
    dependencies,
    wait: (milliseconds) => waited += milliseconds,
    logIn: async () => {
      upstream.program({
        idTokenKey: current.signing.sign,
        idTokenHeader: { kid: undefined, ...current.header },
      });
      await buildCallbackEndpoint(dependencies)(callbackRequest({ code: upstream.logIn() }));
      return String(dependencies.logged.at(-1)!["reason"]);
    },
    fetches: () => upstream.requests("jwks").length,
  };
}

Deno.test("GET /oauth-callback fetches the keys once for five logins at a config that names its endpoints", async () => {
  const { upstream, dependencies, logIn, fetches } = await setScene();
  Object.assign(upstream.config, {
    authorization_endpoint: upstream.url("authorize"),
    token_endpoint: upstream.url("token"),
    jwks_uri: upstream.url("jwks"),
  });

  const reasons = [];
  for (let login = 0; login < 5; login++) {
    reasons.push(await logIn());
  }

  assertEquals([reasons, fetches()], [["ok", "ok", "ok", "ok", "ok"], 1]);
  assertEquals(dependencies.database.calls.length, 10);
});

Deno.test("GET /oauth-callback fetches the keys once for two configs that share them", async () => {
  const { upstream, logIn, fetches } = await setScene({}, {
    answers: { trap: () => Response.json({ sub: "upstream-1" }) },
  });

  await logIn();
  Object.assign(upstream.config, { userinfo_endpoint: upstream.url("trap") });

  assertEquals([await logIn(), fetches()], ["ok", 1]);
});

Deno.test("GET /oauth-callback fetches the keys once for logins at the same time", async () => {
  const { logIn, fetches } = await setScene();

  assertEquals(await Promise.all([logIn(), logIn(), logIn()]), ["ok", "ok", "ok"]);
  assertEquals(fetches(), 1);
});

Deno.test("GET /oauth-callback fetches the keys again after five minutes", async () => {
  const { logIn, wait, fetches } = await setScene();

  await logIn();
  wait(299_999);
  await logIn();
  assertEquals(fetches(), 1);

  wait(1);
  assertEquals([await logIn(), fetches()], ["ok", 2]);
});

Deno.test("GET /oauth-callback does not keep keys that could not be read", async () => {
  const { keys, logIn, fetches } = await setScene({ published: "<html>" });

  assertEquals(await logIn(), "upstream_unavailable");
  keys.published = { keys: [KEY_1.jwk] };

  assertEquals([await logIn(), fetches()], ["ok", 2]);
});

Deno.test("GET /oauth-callback has the keys before it spends the code", async () => {
  const { upstream, logIn } = await setScene({}, {
    answers: { jwks: () => new Response(null, { status: 503 }) },
  });

  assertEquals(await logIn(), "upstream_unavailable");
  assertEquals(listAsked(upstream), ["discovery", "jwks"]);
});

Deno.test("GET /oauth-callback fetches the keys anew at once for a key id that nobody knows", async () => {
  const { keys, logIn, fetches } = await setScene();
  await logIn();

  Object.assign(keys, {
    published: { keys: [KEY_2.jwk] },
    signing: KEY_2,
    header: { alg: "ES256", kid: "key-2" },
  });

  assertEquals([await logIn(), fetches()], ["ok", 2]);
});

Deno.test("GET /oauth-callback fetches the keys anew for a provider that keeps the key id of a new key", async () => {
  const { keys, logIn, fetches } = await setScene();
  await logIn();

  Object.assign(keys, { published: { keys: [STRANGER.jwk] }, signing: STRANGER });

  assertEquals([await logIn(), fetches()], ["ok", 2]);
});

Deno.test("GET /oauth-callback fetches the keys anew once for logins at the same time", async () => {
  const { keys, logIn, fetches } = await setScene();
  await logIn();

  Object.assign(keys, {
    published: { keys: [KEY_2.jwk] },
    signing: KEY_2,
    header: { alg: "ES256", kid: "key-2" },
  });

  assertEquals(await Promise.all([logIn(), logIn(), logIn()]), ["ok", "ok", "ok"]);
  assertEquals(fetches(), 2);
});

Deno.test("GET /oauth-callback fetches the keys anew for unknown key ids five times in five minutes, not more", async () => {
  const { keys, logIn, wait, fetches } = await setScene();
  await logIn();

  keys.header = { alg: "ES256", kid: "of-nobody" };
  for (let login = 0; login < 8; login++) {
    assertEquals(await logIn(), "upstream_untrusted");
  }
  assertEquals(fetches(), 6);

  wait(300_000);
  assertEquals([await logIn(), fetches()], ["upstream_untrusted", 8]);
});

Deno.test("GET /oauth-callback keeps the keys that it has when they cannot be fetched anew", async () => {
  let isDown = false;
  const { keys, logIn } = await setScene({}, {
    answers: {
      jwks: () => isDown ? new Response(null, { status: 503 }) : Response.json({ keys: [KEY_1.jwk] }),
    },
  });
  await logIn();

  isDown = true;
  keys.header = { alg: "ES256", kid: "of-nobody" };
  assertEquals(await logIn(), "upstream_unavailable");

  keys.header = { alg: "ES256", kid: "key-1" };
  assertEquals(await logIn(), "ok");
});

const { kid: _kid, ...WITHOUT_ID } = KEY_1.jwk;
const { alg: _alg, use: _use, ...BARE } = KEY_1.jwk;
// panva/openid-client#166, keycloak/keycloak#14794, inrupt/solid-client-authn-js#1799: key sets as they are published.
const HARMLESS: [what: string, keys: Partial<Keys>][] = [
  ["the same key twice", { published: { keys: [KEY_1.jwk, KEY_1.jwk] } }],
  ["another key with the same id", { published: { keys: [STRANGER.jwk, KEY_1.jwk] } }],
  ["a key of another type with the same id", {
    published: { keys: [{ ...RSA.jwk, kid: "key-1" }, KEY_1.jwk] },
  }],
  ["a broken key with the same id", { published: { keys: [{ ...KEY_1.jwk, x: "AAAA" }, KEY_1.jwk] } }],
  ["a key without a type", { published: { keys: [{ kid: "key-1" }, KEY_1.jwk] } }],
  ["a key of a type that nobody knows", { published: { keys: [{ kty: "QR", kid: "key-1" }, KEY_1.jwk] } }],
  ["an encryption key", { published: { keys: [{ ...STRANGER.jwk, use: "enc" }, KEY_1.jwk] } }],
  ["entries that are no keys", { published: { keys: [null, 7, "key", [], KEY_1.jwk] } }],
  ["a short RSA key", { published: { keys: [{ ...RSA.jwk, n: "AQAB" }, KEY_1.jwk] } }],
  ["its certificate, broken", { published: { keys: [{ ...KEY_1.jwk, x5c: ["no"], x5t: 7 }] } }],
  ["no use and no algorithm", { published: { keys: [BARE] } }],
  ["use, algorithm and operations of null", {
    published: { keys: [{ ...KEY_1.jwk, use: null, alg: null, key_ops: null, ext: "yes" }] },
  }],
  ["members beside the list", { published: { keys: [KEY_1.jwk], issuer: 7 } }],
  ["a list of keys and nothing around it", { published: [KEY_1.jwk] }],
  ["a number as key id", {
    published: { keys: [{ ...KEY_1.jwk, kid: 1 }] },
    header: { alg: "ES256", kid: "1" },
  }],
];
for (const [what, keys] of HARMLESS) {
  Deno.test(`GET /oauth-callback finds the key beside ${what}`, async () => {
    const { logIn, fetches } = await setScene(keys);

    assertEquals([await logIn(), fetches()], ["ok", 1]);
  });
}

// Infisical/infisical PR 4849, DuendeArchive/IdentityServer4#2082: no key id in the token, none in the key set.
const WITHOUT_KEY_ID: [what: string, keys: Partial<Keys>][] = [
  ["one key", { published: { keys: [KEY_1.jwk] } }],
  ["two keys of one type", { published: { keys: [KEY_2.jwk, KEY_1.jwk] } }],
  ["keys of two types", { published: { keys: [RSA.jwk, KEY_1.jwk] } }],
  ["keys without ids", { published: { keys: [WITHOUT_ID] } }],
];
for (const [what, keys] of WITHOUT_KEY_ID) {
  Deno.test(`GET /oauth-callback tries a token without a key id against ${what}`, async () => {
    const { logIn } = await setScene({ ...keys, header: { alg: "ES256" } });

    assertEquals(await logIn(), "ok");
  });
}

Deno.test("GET /oauth-callback tries a key id against keys that are published without ids", async () => {
  const { logIn } = await setScene({ published: { keys: [WITHOUT_ID] } });

  assertEquals(await logIn(), "ok");
});

Deno.test("GET /oauth-callback takes RS256 beside ES256", async () => {
  const { logIn } = await setScene({
    published: { keys: [KEY_1.jwk, RSA.jwk] },
    signing: RSA,
    header: { alg: "RS256", kid: "rsa-1" },
  });

  assertEquals(await logIn(), "ok");
});

const REFUSED: [what: string, keys: Partial<Keys>, detail: Record<string, unknown>][] = [
  [
    "a key that is not published",
    { signing: STRANGER },
    { step: "id_token", problem: "signature" },
  ],
  [
    "a key that is not published and without a key id",
    { signing: STRANGER, header: { alg: "ES256" } },
    { step: "id_token", problem: "signature" },
  ],
  [
    "an encryption key",
    { published: { keys: [{ ...KEY_1.jwk, use: "enc" }] } },
    { step: "id_token", member: "kid", problem: "no_key" },
  ],
  [
    "a key that is for another algorithm",
    { published: { keys: [{ ...KEY_1.jwk, alg: "ECDH-ES" }] } },
    { step: "id_token", member: "kid", problem: "no_key" },
  ],
  [
    "a key that may not verify",
    { published: { keys: [{ ...KEY_1.jwk, key_ops: ["deriveKey"] }] } },
    { step: "id_token", member: "kid", problem: "no_key" },
  ],
  [
    "a key id that is not published",
    { header: { alg: "ES256", kid: "key-9" } },
    { step: "id_token", member: "kid", problem: "no_key" },
  ],
];
for (const [what, keys, expected] of REFUSED) {
  Deno.test(`GET /oauth-callback refuses an id_token signed with ${what}`, async () => {
    const { logIn, dependencies } = await setScene(keys);

    assertEquals(await logIn(), "upstream_untrusted");
    assertEquals(dependencies.logged.at(-1)!["detail"], expected);
  });
}
