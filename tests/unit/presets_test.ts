import { assertEquals } from "@std/assert";
import * as z from "zod/mini";
import { applyPreset, type PresetRefusal } from "../../functions/_shared/upstream/presets/apply_preset.ts";
import { presetSchema } from "../../functions/_shared/upstream/presets/preset.ts";
import { PRESETS } from "../../functions/_shared/upstream/presets/presets.ts";
import { PRESET_PROVIDERS } from "../support/provider/preset_shapes.ts";

/** A preset with the examples of its own values. */
function fillWithExamples(id: string): ReturnType<typeof applyPreset> {
  const values = Object.entries(PRESETS[id]!.values).map(([name, { example }]) => [name, example]);
  return applyPreset(id, Object.fromEntries(values));
}

for (const [id, preset] of Object.entries(PRESETS)) {
  Deno.test(`the preset ${id} is one by the schema, and its values leave no place empty`, () => {
    const parsed = z.safeParse(presetSchema, preset);
    const filled = fillWithExamples(id);

    assertEquals(parsed.success, true, JSON.stringify(parsed.error?.issues));
    assertEquals(/\{[a-z_]+\}/.test(JSON.stringify(filled)), false);
    assertEquals("columns" in filled, true);
  });

  Deno.test(`the preset ${id} can work: openid where an id_token names the person, an endpoint where userinfo does`, () => {
    const { identity_source: source, scopes, issuer, userinfo_endpoint: userinfo, ...places } =
      preset.columns;

    assertEquals(source !== "openid" || (issuer !== undefined && scopes.includes("openid")), true);
    assertEquals(source !== "userinfo" || issuer !== undefined || userinfo !== undefined, true);
    assertEquals(
      issuer !== undefined ||
        (places.authorization_endpoint !== undefined && places.token_endpoint !== undefined),
      true,
    );
  });
}

Deno.test("every preset has a provider of its shape in the tests", () => {
  assertEquals(Object.keys(PRESET_PROVIDERS).sort(), Object.keys(PRESETS).sort());
});

Deno.test("values fill their places, fallbacks stand for what is left out, blanks are cut", () => {
  const applied = applyPreset("okta", { domain: " example.okta.com " });

  assertEquals("columns" in applied && applied.columns.issuer, "https://example.okta.com/oauth2/default");
});

Deno.test("a value fills a parameter, too", () => {
  const applied = applyPreset("auth0", { domain: "a.eu.auth0.com", audience: "https://api.example.com/v1" });

  assertEquals(
    "columns" in applied && applied.columns.authorization_parameters,
    { audience: "https://api.example.com/v1" },
  );
});

const REFUSED: [what: string, id: string, values: Record<string, string>, member: PresetRefusal["member"]][] =
  [
    ["a preset that there is not", "gogle", {}, "preset"],
    ["a preset by the name of what every object has", "constructor", {}, "preset"],
    ["no value where one is needed", "entra", {}, "preset_values"],
    ["a value for a preset that takes none", "google", { tenant: "x" }, "preset_values"],
    ["a value by another name", "entra", { tenant: "x", tenent: "y" }, "preset_values"],
    ["a value that ends the host", "okta", { domain: "evil.example/x#" }, "preset_values"],
    ["a value that leads up", "keycloak", { host: "sso.example.com", realm: "a/../../b" }, "preset_values"],
    ["a value with another scheme", "okta", { domain: "http://evil.example" }, "preset_values"],
    ["a value with user info", "okta", { domain: "good.okta.com@evil.example" }, "preset_values"],
    ["a query", "entra", { tenant: "x?y=1" }, "preset_values"],
    ["a place of its own", "keycloak", { host: "sso.example.com", realm: "{host}" }, "preset_values"],
  ];
for (const [what, id, values, member] of REFUSED) {
  Deno.test(`a preset is refused with ${what}, and the refusal names the member`, () => {
    const applied = applyPreset(id, values);

    assertEquals("refusal" in applied && applied.refusal.member, member);
  });
}

Deno.test("a refusal says which values are wanted, with an example", () => {
  assertEquals(applyPreset("entra"), {
    refusal: {
      member: "preset_values",
      expected:
        "an object of texts with tenant (the directory (tenant) id of the organization, such as 8eaef023-2b34-4da1-9baa-8bc8c9d6a490)",
    },
  });
});

Deno.test("the README lists every preset with its values, and where its redirect URI is registered", async () => {
  const readme = await Deno.readTextFile(new URL("../../supabase/README.md", import.meta.url));
  const rows = readme.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));

  for (const [id, { values, redirectUri }] of Object.entries(PRESETS)) {
    const row = rows.find(([, name]) => name === `\`${id}\``);
    const named = [...row?.[2]?.matchAll(/`(\w+)`/g) ?? []].map(([, name]) => name);
    assertEquals([named, row?.[3]], [Object.keys(values), redirectUri], id);
  }
});
