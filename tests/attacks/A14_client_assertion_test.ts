/**
 * Client assertions in wrong hands: stolen, forged, of another client, with keys from where they must not come.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { base64url, type JWK, SignJWT } from "jose";
import { ASSERTION_TYPE } from "../../functions/_shared/client/assertion.ts";
import { assertRefused } from "../support/client/attack_answers.ts";
import { assertionForm, type ClientKey, makeClientKey, signAssertion } from "../support/client/assertions.ts";
import {
  postForm,
  redemptionForm,
  refreshForm,
  register,
  type RegisteredClient,
} from "../support/client/mcp_client.ts";
import { logIn, obtainCode, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";
import { startWorker, type Worker } from "../support/stack/worker.ts";

const stack = await useStack();
const key = await makeClientKey("1");

/** What a client registers that proves itself with a key. */
function keysOf({ publicJwk }: ClientKey): Record<string, unknown> {
  return { token_endpoint_auth_method: "private_key_jwt", jwks: { keys: [publicJwk] } };
}

/** A scene whose client has keys. */
function setKeyedScene(publicUrl?: string): Promise<Scene> {
  return setScene(stack, { client: keysOf(key), ...(publicUrl === undefined ? {} : { publicUrl }) });
}

async function prove(
  scene: Scene,
  signer = key,
  audience = scene.tenant.issuer,
): Promise<Record<string, string>> {
  return assertionForm(await signAssertion(scene.client.clientId, audience, signer));
}

/** Redeems a code and returns the refresh token. */
async function connect(scene: Scene): Promise<string> {
  const { attempt, code } = await obtainCode(scene);
  const form = redemptionForm(scene.client, code, attempt.codeVerifier);
  const response = await postForm(scene.client.discovery.token_endpoint, { ...form, ...await prove(scene) });
  const { refresh_token } = await response.json();
  assertEquals(response.status, 200);
  return refresh_token;
}

Deno.test("A14: a code of a client with keys is redeemed with its assertion only, and the code survives the others", async () => {
  await using scene = await setKeyedScene();
  const { attempt, code } = await obtainCode(scene);
  const form = redemptionForm(scene.client, code, attempt.codeVerifier);
  const { token_endpoint } = scene.client.discovery;

  const others: Record<string, string>[] = [
    {},
    { client_secret: "guessed" },
    await prove(scene, await makeClientKey("1")),
    await prove(scene, await makeClientKey("2")),
    await prove(scene, key, "https://evil.example"),
  ];
  for (const proof of others) {
    await assertRefused(await postForm(token_endpoint, { ...form, ...proof }), 401, "invalid_client");
  }
  const redeemed = await postForm(token_endpoint, { ...form, ...await prove(scene) });
  await redeemed.body?.cancel();

  assertEquals(redeemed.status, 200);
});

Deno.test("A14: one assertion is good once, at two workers at once, in 20 rounds", async () => {
  await using other = await startWorker(stack, { config: { publicUrl: stack.status.PUBLIC_URL } });
  await using scene = await setKeyedScene();
  let refreshToken = await connect(scene);

  const rounds = [];
  for (let round = 0; round < 20; round++) {
    const form = { ...refreshForm(scene.client, refreshToken), ...await prove(scene) };
    const responses = await Promise.all([
      postForm(scene.client.discovery.token_endpoint, form),
      post(other, `oauth-token/${scene.tenant.slug}`, form),
    ]);
    const answers = await Promise.all(responses.map((response) => response.json()));
    refreshToken = answers.find((answer) => answer.refresh_token)?.refresh_token ?? refreshToken;
    rounds.push(responses.map(({ status }) => status).sort().join(" "));
  }

  assertEquals(new Set(rounds), new Set(["200 401"]));
});

for (const endpoint of ["oauth-revoke", "oauth-introspect"]) {
  Deno.test(`A14: an assertion that /oauth-token has seen is refused at /${endpoint}, and the other way round`, async () => {
    await using scene = await setKeyedScene();
    const token = await connect(scene);
    const url = `${stack.status.PUBLIC_URL}/${endpoint}/${scene.tenant.slug}`;
    const { token_endpoint } = scene.client.discovery;
    const [first, second] = [await prove(scene), await prove(scene)];

    const statuses = [];
    for (
      const [where, form] of [
        [token_endpoint, { ...refreshForm(scene.client, token), ...first }],
        [url, { token: "none", ...first }],
        [url, { token: "none", ...second }],
        [token_endpoint, { ...refreshForm(scene.client, token), ...second }],
      ] as const
    ) {
      const response = await postForm(where, form);
      await response.body?.cancel();
      statuses.push(response.status);
    }

    assertEquals(statuses, [200, 401, 200, 401]);
  });
}

Deno.test("A14: a client with keys of its own cannot revoke or read another's tokens", async () => {
  await using scene = await setKeyedScene();
  const token = await connect(scene);
  const thief = await register(scene.client.discovery, keysOf(await makeClientKey("thief")));
  const thiefKey = await makeClientKey("1");
  const own = await register(scene.client.discovery, keysOf(thiefKey));
  const proveAs = async (client: RegisteredClient): Promise<Record<string, string>> =>
    assertionForm(await signAssertion(client.clientId, scene.tenant.issuer, thiefKey));
  const at = (name: string): string => `${stack.status.PUBLIC_URL}/${name}/${scene.tenant.slug}`;

  const read = await postForm(at("oauth-introspect"), { token, ...await proveAs(own) });
  const revoked = await postForm(at("oauth-revoke"), { token, ...await proveAs(own) });
  await revoked.body?.cancel();
  await assertRefused(
    await postForm(at("oauth-revoke"), { token, ...await proveAs(thief) }),
    401,
    "invalid_client",
  );
  const mine = await postForm(at("oauth-introspect"), { token, ...await prove(scene) });

  assertEquals([await read.json(), (await mine.json()).active], [{ active: false }, true]);
});

Deno.test("A14: an assertion without a signature, or under the public key as a secret, is refused", async () => {
  await using scene = await setKeyedScene();
  const token = await connect(scene);
  const claims = {
    iss: scene.client.clientId,
    sub: scene.client.clientId,
    aud: scene.tenant.issuer,
    exp: Math.floor(Date.now() / 1000) + 60,
  };
  const [header, payload] = [{ alg: "none" }, { ...claims, jti: "1" }].map((part) =>
    base64url.encode(JSON.stringify(part))
  );
  const hmac = new TextEncoder().encode(JSON.stringify(key.publicJwk));
  const forged = [
    `${header}.${payload}.`,
    await new SignJWT({ ...claims, jti: "2" }).setProtectedHeader({ alg: "HS256", kid: "1" }).sign(hmac),
    // Its own key in the header, as if that proved anything.
    await signAssertion(scene.client.clientId, scene.tenant.issuer, await makeClientKey("1"), {
      header: { jwk: key.publicJwk, jku: "https://evil.example/jwks.json", x5u: "https://evil.example/x5u" },
    }),
  ];

  for (const client_assertion of forged) {
    const form = {
      ...refreshForm(scene.client, token),
      client_assertion,
      client_assertion_type: ASSERTION_TYPE,
    };
    await assertRefused(await postForm(scene.client.discovery.token_endpoint, form), 401, "invalid_client");
  }
});

Deno.test("A14: a public client without keys gains nothing by an assertion", async () => {
  await using scene = await setScene(stack);
  const { tokens } = await logIn(scene);

  const response = await postForm(scene.client.discovery.token_endpoint, {
    ...refreshForm(scene.client, tokens.refresh_token),
    ...await prove(scene),
  });

  await assertRefused(response, 401, "invalid_client");
});

const places: Record<string, string> = {
  "a redirect to the cloud's metadata": "https://keys.example/redirect",
  "a name that resolves to the cloud's metadata": "https://metadata.example/jwks.json",
  "more than 64 KB": "https://keys.example/large",
};
for (const [what, jwks_uri] of Object.entries(places)) {
  Deno.test(`A10: keys are not taken from ${what}`, async () => {
    const asked: string[] = [];
    await using worker = await startWorker(stack, {
      config: { allowPrivateUpstreams: false },
      resolve: (host) => Promise.resolve([host === "metadata.example" ? "169.254.169.254" : "93.184.215.14"]),
      fetch: (input) => {
        const { url } = new Request(input);
        asked.push(url);
        return Promise.resolve(
          url.endsWith("/redirect")
            ? Response.redirect("http://169.254.169.254/latest/meta-data", 302)
            : Response.json({
              keys: [{ ...key.publicJwk, kid: "x".repeat(64 * 1024) } as JWK, key.publicJwk],
            }),
        );
      },
    });
    await using scene = await setScene(stack, { publicUrl: worker.publicUrl, shape: "github" });
    const client = await register(scene.client.discovery, {
      token_endpoint_auth_method: "private_key_jwt",
      jwks_uri,
    });

    const response = await postForm(`${worker.publicUrl}/oauth-revoke/${scene.tenant.slug}`, {
      token: "none",
      ...assertionForm(await signAssertion(client.clientId, scene.tenant.issuer, key)),
    });
    await response.body?.cancel();

    assertEquals([401, 503].includes(response.status), true, `${response.status}`);
    assertEquals(asked.filter((url) => url !== jwks_uri), []);
  });
}

for (
  const jwks_uri of [
    "http://keys.example/jwks.json",
    "https://127.0.0.1/jwks.json",
    "https://169.254.169.254/jwks.json",
    "https://[::ffff:169.254.169.254]/jwks.json",
    "https://2130706433/jwks.json",
    "https://localhost/jwks.json",
    "https://user@keys.example/jwks.json",
    "file:///etc/passwd",
    "https://keys.example/$(id)",
  ]
) {
  Deno.test(`A10: nobody registers keys at ${jwks_uri}`, async () => {
    await using worker = await startWorker(stack, { config: { allowPrivateUpstreams: false } });
    await using scene = await setScene(stack, { publicUrl: worker.publicUrl, shape: "github" });

    const response = await fetch(scene.client.discovery.registration_endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        redirect_uris: ["https://app.example.com/callback"],
        token_endpoint_auth_method: "private_key_jwt",
        jwks_uri,
      }),
    });

    await assertRefused(response, 400, "invalid_client_metadata");
  });
}

function post({ handle }: Worker, path: string, form: Record<string, string>): Promise<Response> {
  return handle(
    new Request(`http://edge/${path}`, { method: "POST", body: new URLSearchParams(form) }),
  );
}
