/** A bundle has a part of supabase-js: what it sends is what the whole package sends. */

import { assertEquals } from "@std/assert";
import { createClient as createWhole } from "@supabase/supabase-js";
import { createClient as createPart } from "../../supabase/commands/deploy/rest_client.ts";

const KEY = "sb_secret_a-key";
const AUTH = { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false };

/** What a client sends, without the name that the package gives itself. */
async function watch(act: () => PromiseLike<unknown>): Promise<unknown[]> {
  const original = globalThis.fetch;
  const sent: unknown[] = [];
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const headers = [...request.headers].filter(([name]) => name !== "x-client-info");
    sent.push([request.method, request.url, headers, await request.text()]);
    return Response.json({ outcome: "found" });
  };
  try {
    await act();
  } finally {
    globalThis.fetch = original;
  }
  return sent;
}

for (const url of ["http://127.0.0.1:54321", "https://project.supabase.co/"]) {
  for (const headers of [{}, { Authorization: "Bearer a-token" }]) {
    Deno.test(`a call of ${url} is the same with ${JSON.stringify(headers)}`, async () => {
      const options = { auth: AUTH, global: { headers } };
      const ask = async (createClient: typeof createPart): Promise<void> => {
        const client = createClient(url, KEY, options);
        await client.rpc("find_mcp_server", { p_slug: "demo" }).setHeader("X-Request-Id", "an-id");
        await client.from("organizations").select("name").eq("id", "org").maybeSingle();
      };

      const expected = await watch(() => ask(createWhole as unknown as typeof createPart));
      const sent = await watch(() => ask(createPart));

      assertEquals(sent, expected);
      assertEquals(sent.length, 2);
    });
  }
}
