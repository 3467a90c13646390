import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../../support/database/database.ts";
import { makePlatform } from "../../support/database/platform.ts";
import { makeOrganization, makeTenant, type Tenant } from "../../support/database/rows.ts";
import { encodeBase64, GIF, JPEG, PNG, SVG, WEBP } from "../../support/client/images.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

const find = ({ slug }: Tenant): Promise<Row> => call(service, "find_organization_logo", { p_slug: slug });
const NONE = { media_type: null, image: null };

const IMAGES: [what: string, image: Uint8Array, type: string | null][] = [
  ["a PNG", PNG, "image/png"],
  ["a JPEG", JPEG, "image/jpeg"],
  ["a WebP", WEBP, "image/webp"],
  ["a PNG of 64 KB", new Uint8Array([...PNG, ...new Uint8Array(65_536 - PNG.length)]), "image/png"],
  ["a PNG of a byte more", new Uint8Array([...PNG, ...new Uint8Array(65_537 - PNG.length)]), null],
  ["an SVG", SVG, null],
  ["a GIF", GIF, null],
  ["HTML", new TextEncoder().encode("<script>alert(1)</script>"), null],
  ["RIFF that is no WebP", new Uint8Array([...WEBP.slice(0, 8), ...new TextEncoder().encode("WAVE")]), null],
  ["half a signature", PNG.slice(0, 7), null],
];
for (const [what, image, type] of IMAGES) {
  Deno.test(`${what} is ${type ?? "refused"}`, async () => {
    const tenant = await makeTenant(database);
    const platform = await makePlatform(database, tenant.organizationId, await makeOrganization(owner));

    const saved = await call(platform.owner.sql, "save_organization", {
      p_id: tenant.organizationId,
      p_logo: encodeBase64(image),
    });

    assertEquals([saved.outcome, saved.argument], type === null ? ["invalid", "p_logo"] : ["saved", null]);
    assertEquals(
      await find(tenant),
      type === null
        ? { outcome: "no_logo", ...NONE }
        : { outcome: "found", media_type: type, image: encodeBase64(image) },
    );
  });
}

Deno.test("what is not base64 is no image", async () => {
  const tenant = await makeTenant(database);
  const platform = await makePlatform(database, tenant.organizationId, await makeOrganization(owner));

  const { outcome, argument } = await call(platform.owner.sql, "save_organization", {
    p_id: tenant.organizationId,
    p_logo: "data:image/png;base64,§",
  });

  assertEquals([outcome, argument], ["invalid", "p_logo"]);
});

Deno.test("the version changes with the logo, an empty text takes it away, null leaves it, and only owners may", async () => {
  const tenant = await makeTenant(database);
  const platform = await makePlatform(database, tenant.organizationId, await makeOrganization(owner));
  const save = async (who: "owner" | "admin" | "stranger", changes: Row): Promise<unknown[]> => {
    const { outcome } = await call(platform[who].sql, "save_organization", {
      p_id: tenant.organizationId,
      ...changes,
    });
    const { server } = await call(service, "find_mcp_server", { p_slug: tenant.slug });
    return [outcome, (server as Row).organization_logo];
  };

  const png = await save("owner", { p_logo: encodeBase64(PNG) });
  const named = await save("owner", { p_name: "Renamed" });
  const jpeg = await save("owner", { p_logo: encodeBase64(JPEG) });
  const byAdmin = await save("admin", { p_logo: encodeBase64(WEBP) });
  const byStranger = await save("stranger", { p_logo: "" });
  const gone = await save("owner", { p_logo: "" });

  assertEquals([png[0], named[1], png[1] === jpeg[1]], ["saved", png[1], false]);
  assertEquals([byAdmin, byStranger], [["forbidden", jpeg[1]], ["unknown_organization", jpeg[1]]]);
  assertEquals(gone, ["saved", null]);
});

Deno.test("a server that there is not has no logo", async () => {
  const tenant = await makeTenant(database);
  await owner`update public.mcp_servers set disabled_at = now() where id = ${tenant.serverId}`;

  assertEquals(await find(tenant), { outcome: "unknown_server", ...NONE });
});
