import { assertEquals } from "@std/assert";
import { emptyDataFolder, openDataFolder } from "../../supabase/local/data_folder.ts";
import { openDemoOwner } from "../../supabase/local/demo/demo_owner.ts";

Deno.test("a data folder that is emptied knows no password of the database before, and keeps what is not the stack's", async () => {
  const path = await Deno.makeTempDir();
  let accounts = 0;
  await using auth = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => undefined }, () => {
    accounts++;
    return Response.json({});
  });
  const project = { apiUrl: `http://127.0.0.1:${auth.addr.port}`, publishableKey: "sb_publishable_x" };
  const folder = await openDataFolder(path);
  await Deno.writeTextFile(`${path}/secrets.json`, "{}");
  await Deno.writeTextFile(`${path}/mine.txt`, "");
  const before = await openDemoOwner(path, project);

  await emptyDataFolder(folder);

  const after = await openDemoOwner(path, project);
  folder.release();
  const left = [...Deno.readDirSync(path)].map(({ name }) => name).sort();
  assertEquals([accounts, before.password === after.password], [2, false]);
  assertEquals(left, ["lock", "mine.txt", "owner_password"]);
  await Deno.remove(path, { recursive: true });
});
