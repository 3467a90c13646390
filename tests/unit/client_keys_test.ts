import { assertEquals } from "@std/assert";
import { buildFindClientKeys, type StoredClient } from "../../functions/_shared/client/keys.ts";
import { type OAuthError, unavailable } from "../../functions/_shared/errors.ts";
import { buildDependencies } from "../support/functions/dependencies.ts";

const CLIENT_ID = "https://app.example.com/client.json";
const JWKS_URI = "https://app.example.com/jwks.json";
const OTHER_JWKS_URI = "https://app.example.com/other-jwks.json";
const DOCUMENT = {
  client_id: CLIENT_ID,
  redirect_uris: ["https://app.example.com/callback"],
  token_endpoint_auth_method: "private_key_jwt",
};
const REGISTERED: StoredClient = { client_id: "mcr_1", kind: "dynamic", keys: { jwks_uri: JWKS_URI } };
const DESCRIBED: StoredClient = {
  client_id: CLIENT_ID,
  kind: "metadata_document",
  keys: { jwks_uri: JWKS_URI },
};

const key = (kid: string): { kty: "EC"; kid: string; crv: string; x: string; y: string } => ({
  kty: "EC",
  kid,
  crv: "P-256",
  x: "eA",
  y: "eQ",
});

type Network = Record<string, unknown>;

/** Looks for keys in a network that holds this: JSON by URL, or a status. */
function search(network: Network): {
  find: (client: StoredClient, anew?: boolean) => Promise<unknown>;
  fetched: string[];
  network: Network;
  clock: { time: number };
} {
  const fetched: string[] = [];
  const clock = { time: 0 };
  const find = buildFindClientKeys(buildDependencies({}, {
    now: () => clock.time,
    safeFetch: (url) => {
      fetched.push(url);
      const held = network[url];
      if (held === undefined) {
        throw unavailable("Cannot reach", "upstream_unreachable");
      }
      return Promise.resolve(
        typeof held === "number" ? new Response(null, { status: held }) : Response.json(held),
      );
    },
  }));
  return {
    fetched,
    network,
    clock,
    find: async (client, anew) => {
      try {
        return (await find(client, anew)).keySet.keys.map(({ kid }) => kid);
      } catch (error) {
        return [(error as OAuthError).code, (error as OAuthError).reason];
      }
    },
  };
}

Deno.test("a registered client's keys are those it registered", async () => {
  const { find, fetched } = search({});

  const keys = await find({ ...REGISTERED, keys: { jwks: { keys: [key("1")] } } });

  assertEquals([keys, fetched], [["1"], []]);
});

Deno.test("a registered client's key set is fetched, and kept for a minute though nothing says so", async () => {
  const { find, fetched, clock } = search({ [JWKS_URI]: { keys: [key("1"), { kty: "oct", k: "eA" }] } });

  const keys = [await find(REGISTERED), await find(REGISTERED)];
  clock.time = 60_000;
  await find(REGISTERED);

  assertEquals([keys, fetched.length], [[["1"], ["1"]], 2]);
});

Deno.test("a key set that was exchanged is found at once by who wants it anew", async () => {
  const { find, network } = search({ [JWKS_URI]: { keys: [key("1")] } });
  await find(REGISTERED);
  network[JWKS_URI] = { keys: [key("2")] };

  assertEquals([await find(REGISTERED), await find(REGISTERED, true), await find(REGISTERED)], [
    ["1"],
    ["2"],
    ["2"],
  ]);
});

Deno.test("a described client's keys are where its document says now", async () => {
  const { find, network, fetched } = search({
    [CLIENT_ID]: { ...DOCUMENT, jwks_uri: OTHER_JWKS_URI },
    [OTHER_JWKS_URI]: { keys: [key("1")] },
  });

  const keys = [await find(DESCRIBED)];
  network[CLIENT_ID] = { ...DOCUMENT, jwks: { keys: [key("2")] } };
  keys.push(await find(DESCRIBED), await find(DESCRIBED, true));

  assertEquals(keys, [["1"], ["1"], ["2"]]);
  assertEquals(fetched, [CLIENT_ID, OTHER_JWKS_URI, CLIENT_ID]);
});

for (const trouble of [undefined, 403, 429, 503, 404]) {
  Deno.test(`what was stored of a document stands in while it answers ${trouble ?? "nothing"}`, async () => {
    const { find } = search({
      ...(trouble === undefined ? {} : { [CLIENT_ID]: trouble }),
      [JWKS_URI]: { keys: [key("1")] },
    });

    assertEquals([await find(DESCRIBED), await find(DESCRIBED, true)], [["1"], ["1"]]);
  });
}

Deno.test("keys that were stored with a document in trouble are not those of now", async () => {
  const { find } = search({ [CLIENT_ID]: 503 });
  const client = { ...DESCRIBED, keys: { jwks: { keys: [key("1")] } } };

  assertEquals(
    [await find(client), await find(client, true)],
    [["1"], ["temporarily_unavailable", "metadata_document_unavailable"]],
  );
});

const REFUSED: [what: string, client: StoredClient, network: Network, reason: string][] = [
  ["a document that was withdrawn", DESCRIBED, { [CLIENT_ID]: 410 }, "client_document_refused"],
  [
    "a document of another client",
    DESCRIBED,
    { [CLIENT_ID]: { ...DOCUMENT, client_id: `${CLIENT_ID}2`, jwks_uri: JWKS_URI } },
    "client_document_refused",
  ],
  ["a document without keys", DESCRIBED, {
    [CLIENT_ID]: { ...DOCUMENT, token_endpoint_auth_method: "none" },
  }, "client_keys_not_named"],
  ["a client without keys", { ...REGISTERED, keys: {} }, {}, "client_keys_not_named"],
  ["a key set that was withdrawn", REGISTERED, { [JWKS_URI]: 410 }, "client_keys_gone"],
  ["a key set that is none", REGISTERED, { [JWKS_URI]: { keys: {} } }, "client_keys_malformed"],
  ["a key set that is a list", REGISTERED, { [JWKS_URI]: [] }, "client_keys_malformed"],
  [
    "a key set without end",
    REGISTERED,
    { [JWKS_URI]: { keys: [key("x".repeat(64 * 1024))] } },
    "client_keys_malformed",
  ],
];
for (const [what, client, network, reason] of REFUSED) {
  Deno.test(`no assertion can be checked by ${what}`, async () => {
    assertEquals(await search(network).find(client), ["invalid_client", reason]);
  });
}

for (const trouble of [undefined, 403, 404, 503]) {
  Deno.test(`a key set that answers ${trouble ?? "nothing"} is trouble of the moment, and its last copy serves`, async () => {
    const { find, network, clock } = search({ [JWKS_URI]: { keys: [key("1")] } });
    await find(REGISTERED);
    network[JWKS_URI] = trouble;
    clock.time = 3_600_000;

    assertEquals(
      [await find(REGISTERED), await find(REGISTERED, true)],
      [["1"], ["temporarily_unavailable", "client_keys_unavailable"]],
    );
  });
}
