/**
 * The example of `supabase/README.md` that reads an RPC's answer, run as it stands through supabase-js.
 */

import { assertEquals, assertRejects } from "@std/assert";
import type { SupabaseClient } from "@supabase/supabase-js";
import { connectAs, signInMember } from "../support/client/platform_user.ts";
import { logIn, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();

const readme = await Deno.readTextFile(new URL("../../supabase/README.md", import.meta.url));
const [, example = ""] =
  /\*\*A refusal is no `error`\.\*\*.*?```ts\n(async function call.*?\n\}\n)/s.exec(readme) ?? [];

type Call = (name: string, args: Record<string, unknown>, done: string) => Promise<Record<string, unknown>>;

/** The example's function, for a client. */
async function openCall(supabase: SupabaseClient): Promise<Call> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, `export const open = (supabase: any) => {\n${example}return call;\n};`);
    return (await import(`file://${file}`)).open(supabase);
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("with the guide's function a refusal is thrown, and says what was wrong", async () => {
  await using scene = await setScene(stack);
  await logIn(scene);
  const { organizationId, serverId } = scene.tenant;
  const owner = await openCall((await signInMember(stack, organizationId)).client);
  const member = await openCall((await signInMember(stack, organizationId, "member")).client);
  const visitor = await openCall(connectAs(stack));
  const revoke = { p_mcp_server_id: serverId };

  const { ended } = await owner("revoke_mcp_server_connections", revoke, "revoked");

  assertEquals(ended, 1);
  for (
    const [call, name, args, sentence] of [
      [member, "revoke_mcp_server_connections", revoke, "Cannot revoke_mcp_server_connections: forbidden"],
      [owner, "revoke_mcp_server_connections", { p_mcp_server_id: "mcps_x" }, "unknown_server"],
      [
        owner,
        "save_mcp_server",
        { p_id: serverId, p_access_token_seconds: 1 },
        "invalid p_access_token_seconds between 60 and 86400",
      ],
      [visitor, "revoke_mcp_server_connections", revoke, "Cannot call revoke_mcp_server_connections: "],
    ] as const
  ) {
    await assertRejects(() => call(name, args, "revoked"), Error, sentence);
  }
});
