import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { normalizeResource } from "../../../functions/_shared/tokens/resource.ts";
import { openDatabase } from "../../support/database/database.ts";

const database = await openDatabase();
const { owner } = database;
Deno.test.afterAll(() => database.close());

/** The rule of the table, asked about texts that no row holds. */
async function findAccepted(resources: string[]): Promise<string[]> {
  const [rule] = await owner`
    select pg_get_expr(conbin, conrelid) as expression from pg_constraint
    where conname = 'mcp_server_resource_is_in_normal_form'`;
  const rows = await owner`
    select resource from unnest(${resources}::text[]) as resource
    where public.is_web_url(resource) and ${owner.unsafe(String(rule?.["expression"]))}`;
  return rows.map(({ resource }) => String(resource));
}

const text = fc.tuple(
  fc.constantFrom("https://", "https://", "http://", "HTTPS://"),
  fc.constantFrom("x.example", "x.example", "X.Example", "127.0.0.1", "localhost", "[::1]", "[2001:DB8::1]"),
  fc.constantFrom("", "", "", ":443", ":80", ":8443", ":0443", ":080", ":0", ":00"),
  fc.array(
    fc.constantFrom(
      "/",
      "/a",
      "/B",
      "/.",
      "/..",
      "/%2e",
      "/.%2E",
      "/...",
      "/.well-known",
      "/a.",
      "/~c",
      "/%7e",
    ),
    { maxLength: 3 },
  ).map((segments) => segments.join("")),
  fc.constantFrom("", "", "", "", "?", "?a=1", "/?a=/b"),
).map((parts) => parts.join(""));

Deno.test("a server's resource is taken in the spelling that resources are compared in, and in no other", async () => {
  const texts = [...new Set(fc.sample(text, 4000))];

  const accepted = await findAccepted(texts);

  const webUrls = await owner`select url from unnest(${texts}::text[]) as url where public.is_web_url(url)`;
  const normal = webUrls.map(({ url }) => String(url)).filter((url) => normalizeResource(url) === url);
  assertEquals(accepted.filter((url) => !normal.includes(url)), []);
  assertEquals(normal.filter((url) => !accepted.includes(url)), []);
  assertEquals(accepted.length > 20 && accepted.length < webUrls.length, true);
});
