import { assert, assertEquals } from "@std/assert";
import { useStack } from "../support/stack/stack.ts";
import {
  expireUpstreamToken,
  freshWorker,
  type GatewayScene,
  readStatuses,
  setGatewayScene,
} from "../support/stack/gateway_scene.ts";

const stack = await useStack();

interface Profile {
  email: string | null;
  email_verified: boolean;
  profile_data: Record<string, unknown>;
}

/** Logs in as Ada and makes her profile two days old and her token expired. */
async function setAgedScene(changes: Parameters<typeof setGatewayScene>[1] = {}): Promise<GatewayScene> {
  const scene = await setGatewayScene(stack, changes);
  await stack.sql`
    update public.mcp_server_user set profile_refreshed_at = now() - interval '2 days'
    where organization_id = ${scene.tenant.organizationId}`;
  await expireUpstreamToken(scene);
  return scene;
}

async function readProfiles({ tenant }: GatewayScene): Promise<Profile[]> {
  const rows = await stack.sql`
    select email, email_verified, profile_data from public.mcp_server_user
    where organization_id = ${tenant.organizationId}`;
  return rows.map((row) => ({ ...row }) as unknown as Profile);
}

/** The provider's Ada is known by the same subject from now on, with other claims. */
function change(scene: GatewayScene, claims: Record<string, unknown>): void {
  const person = { sub: "1001", email: "ada@example.com", email_verified: true, name: "Ada", ...claims };
  scene.provider.program({ faults: { userinfo: { kind: "json", body: person } } });
}

Deno.test("a profile older than a day is read again at a refresh, and the address with it", async () => {
  await using scene = await setAgedScene();
  change(scene, { name: "Ada Lovelace", email: "lovelace@example.com", email_verified: false });

  assertEquals(await readStatuses([await scene.call()]), [200]);

  const [profile, ...others] = await readProfiles(scene);
  assertEquals(
    [others.length, profile?.email, profile?.email_verified, profile?.profile_data["name"]],
    [0, "lovelace@example.com", false, "Ada Lovelace"],
  );
});

Deno.test("a younger profile is left alone", async () => {
  await using scene = await setGatewayScene(stack);
  await expireUpstreamToken(scene);
  const before = scene.provider.requests("userinfo").length;

  assertEquals(await readStatuses([await scene.call()]), [200]);

  assertEquals(scene.provider.requests("userinfo").length, before);
});

Deno.test("a profile of an issuer that tenants share is left alone: userinfo does not name the tenant", async () => {
  await using scene = await setAgedScene({ shape: "entra_common" });
  const before = scene.provider.requests("userinfo").length;

  assertEquals(await readStatuses([await scene.call()]), [200]);

  assertEquals(scene.provider.requests("userinfo").length, before);
});

Deno.test("what only the id_token said at the login outlives a refresh", async () => {
  await using scene = await setAgedScene({ shape: "entra" });
  change(scene, { name: "Ada Lovelace" });

  assertEquals(await readStatuses([await scene.call()]), [200]);

  const [profile] = await readProfiles(scene);
  assertEquals([profile?.profile_data["oid"], profile?.profile_data["name"]], ["oid-1001", "Ada Lovelace"]);
});

Deno.test("somebody else's profile is not taken, and the call goes on", async () => {
  await using scene = await setAgedScene();
  const before = await readProfiles(scene);
  change(scene, { sub: "2002", email: "mallory@example.com", name: "Mallory" });

  assertEquals(await readStatuses([await scene.call()]), [200]);

  assertEquals(await readProfiles(scene), before);
});

Deno.test("an address of another user moves no login: there are still two users", async () => {
  await using scene = await setAgedScene({ config: { link_verified_email: true } });
  await stack.sql`
    insert into public.mcp_server_user (organization_id, auth_type, email, email_verified, upstream_sub)
    values (${scene.tenant.organizationId}, 'custom_oauth', 'grace@example.com', true, '3003')`;
  change(scene, { email: "grace@example.com", email_verified: true });
  await readStatuses([await scene.call()]);

  const response = await (await freshWorker(scene)).call(scene);

  assertEquals(await readStatuses([response]), [200]);
  assertEquals((await readProfiles(scene)).length, 2);
  const subjects = scene.mcp.received.map(({ headers }) => readSubject(headers.get("Gatepost-User") ?? ""));
  assertEquals(new Set(subjects).size, 1);
});

Deno.test("a userinfo endpoint that hangs or fails holds up no call for long", async () => {
  await using hanging = await setAgedScene({ program: { delays: {} } });
  await using failing = await setAgedScene();
  hanging.provider.program({ faults: { userinfo: { kind: "hang" } } });
  failing.provider.program({ faults: { userinfo: { kind: "status", status: 500 } } });
  const aborted = AbortSignal.timeout(8_000);

  const responses = await Promise.race([
    Promise.all([hanging.call(), failing.call()]),
    new Promise<never>((_, reject) => aborted.addEventListener("abort", () => reject(aborted.reason))),
  ]);

  assertEquals(await readStatuses(responses), [200, 200]);
});

function readSubject(token: string): string {
  const [, payload = ""] = token.split(".");
  const { sub } = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
  assert(String(sub).startsWith("mcpu_"));
  return sub;
}
