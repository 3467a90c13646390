/**
 * Every RPC of the guide that asks for a role, through supabase-js: an owner and an admin do it, a member is refused.
 */

import { assertEquals } from "@std/assert";
import { signInMember } from "../support/client/platform_user.ts";
import { logIn, type Scene, setScene } from "../support/stack/scene.ts";
import { useStack } from "../support/stack/stack.ts";

const stack = await useStack();

type Args = Record<string, unknown>;
/** Calls as an owner, before somebody else does: what has to be there. */
type Prepare = (name: string, args: Args) => Promise<Args>;

interface Operation {
  name: string;
  args: (known: Known, prepare: Prepare) => Args | Promise<Args>;
  /** What an owner is answered, and an admin too unless it says something else. */
  done: string;
  admin?: string;
}

/** Ids of a scene in which three people have logged in. */
interface Known {
  organizationId: string;
  serverId: string;
  configId: string;
  slug: string;
  registrationId: string;
  colleagueId: string;
  people: string[];
}

const ofOrganization = ({ organizationId }: Known): Args => ({ p_organization_id: organizationId });
const ofPerson = ({ people: [person] }: Known): Args => ({ p_mcp_server_user_id: person });
const resourceServer = ({ serverId }: Known): Args => ({ p_mcp_server_id: serverId, p_name: "A service" });
const madeClient = ({ serverId }: Known): Args => ({
  p_mcp_server_id: serverId,
  p_name: "Company chat",
  p_redirect_uris: ["https://chat.example.com/callback"],
});
const newServer = ({ organizationId, configId, slug }: Known): Args => ({
  p_organization_id: organizationId,
  p_slug: `${slug}-2`,
  p_name: "Another",
  p_custom_oauth_config_id: configId,
  p_upstream_url: "http://127.0.0.1:9/mcp",
});
const invitation = (known: Known): Args => ({
  ...ofOrganization(known),
  p_email: `${crypto.randomUUID()}@example.com`,
});
const merge = ({ people: [person, , other] }: Known): Args => ({
  p_mcp_server_user_id: person,
  p_merged_user_id: other,
});

/** In an order in which what is needed is still there. */
const OPERATIONS: Operation[] = [
  {
    name: "save_organization",
    args: ({ organizationId }) => ({ p_id: organizationId, p_name: "New", p_audit_retention_days: 90 }),
    done: "saved",
    admin: "forbidden",
  },
  { name: "invite_organization_member", args: invitation, done: "invited" },
  {
    name: "revoke_organization_invitation",
    args: async (known, prepare) => ({
      p_invitation_id: (await prepare("invite_organization_member", invitation(known)))["id"],
    }),
    done: "revoked",
  },
  {
    name: "save_organization_member",
    args: (known) => ({ ...ofOrganization(known), p_user_id: known.colleagueId, p_role: "admin" }),
    done: "saved",
  },
  {
    name: "remove_organization_member",
    args: (known) => ({ ...ofOrganization(known), p_user_id: known.colleagueId }),
    done: "removed",
  },
  {
    name: "save_oauth_config",
    args: ({ configId }) => ({ p_id: configId, p_name: "Sign-in" }),
    done: "saved",
  },
  {
    name: "begin_config_check",
    args: ({ configId }) => ({ p_oauth_config_id: configId }),
    done: "begun",
  },
  {
    name: "move_oauth_config_issuer",
    args: ({ configId }) => ({ p_oauth_config_id: configId, p_issuer: "https://new.example.com" }),
    done: "would_move",
  },
  { name: "save_mcp_server", args: ({ serverId }) => ({ p_id: serverId, p_name: "Tools" }), done: "saved" },
  { name: "create_mcp_client", args: madeClient, done: "created" },
  {
    name: "delete_mcp_client",
    args: async (known, prepare) => {
      const { client_id } = await prepare("create_mcp_client", madeClient(known));
      const [row] = await stack.sql`
        select id from public.mcp_client_registrations where client_id = ${String(client_id)}`;
      return { p_id: row!["id"] };
    },
    done: "deleted",
  },
  { name: "create_mcp_resource_server", args: resourceServer, done: "created" },
  {
    name: "delete_mcp_resource_server",
    args: async (known, prepare) => ({
      p_id: (await prepare("create_mcp_resource_server", resourceServer(known)))["id"],
    }),
    done: "deleted",
  },
  { name: "export_mcp_server_user", args: ofPerson, done: "exported" },
  { name: "merge_mcp_server_users", args: merge, done: "merged" },
  {
    name: "unmerge_mcp_server_users",
    args: async (known, prepare) => {
      // Only an admin's or owner's own call has merged them before.
      await prepare("merge_mcp_server_users", merge(known));
      const [row] = await stack.sql`
        select id from public.mcp_server_user_merges where organization_id = ${known.organizationId}
        order by merged_at desc limit 1`;
      return { p_merge_id: row!["id"] };
    },
    done: "taken_back",
  },
  {
    name: "block_mcp_server_user",
    args: (known) => ({ ...ofPerson(known), p_blocked: false }),
    done: "unblocked",
  },
  { name: "revoke_mcp_server_user_tokens", args: ofPerson, done: "revoked" },
  {
    name: "revoke_mcp_connection",
    args: (known) => ({ ...ofPerson(known), p_mcp_client_registration_id: known.registrationId }),
    done: "revoked",
  },
  {
    name: "revoke_mcp_client_connections",
    args: ({ registrationId }) => ({ p_mcp_client_registration_id: registrationId }),
    done: "revoked",
  },
  {
    name: "revoke_mcp_server_connections",
    args: ({ serverId }) => ({ p_mcp_server_id: serverId }),
    done: "revoked",
  },
  { name: "revoke_organization_connections", args: ofOrganization, done: "revoked" },
  { name: "erase_mcp_server_user", args: ofPerson, done: "erased" },
  {
    name: "delete_mcp_server_user",
    args: ({ people: [, other] }) => ({ p_mcp_server_user_id: other }),
    done: "deleted",
  },
  {
    name: "delete_mcp_server",
    args: async (known, prepare) => ({ p_id: (await prepare("save_mcp_server", newServer(known)))["id"] }),
    done: "deleted",
  },
  { name: "delete_oauth_config", args: ({ configId }) => ({ p_id: configId }), done: "in_use" },
  {
    name: "delete_organization",
    args: ({ organizationId }) => ({ p_id: organizationId }),
    done: "deleted",
    admin: "forbidden",
  },
];

/** A person's own: whoever is signed in may. */
const OF_NO_ROLE = [
  "create_organization",
  "list_own_invitations",
  "accept_organization_invitation",
  "decline_organization_invitation",
];

Deno.test("the operations are those of the guide", async () => {
  const readme = await Deno.readTextFile(new URL("../../supabase/README.md", import.meta.url));
  const table = /\n\| RPC .*?\n\n/s.exec(readme)![0];
  const named = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name!);

  assertEquals([...OPERATIONS.map(({ name }) => name), ...OF_NO_ROLE].sort(), named.sort());
});

for (const role of ["owner", "admin", "member"] as const) {
  Deno.test(`through supabase-js ${role === "member" ? "a member may do nothing" : `an ${role} does all`} of it`, async () => {
    await using scene = await setScene(stack, {
      program: { people: { grace: { sub: "1002" }, edsger: { sub: "1003" } } },
    });
    const known = await gather(scene);
    const { client: ownersClient } = await signInMember(stack, known.organizationId);
    const { client } = await signInMember(stack, known.organizationId, role);
    const prepare: Prepare = async (name, args) => (await ownersClient.rpc(name, args)).data;

    const answers: [string, unknown][] = [];
    for (const { name, args } of OPERATIONS) {
      const { data, error } = await client.rpc(name, await args(known, prepare));
      answers.push([name, error ?? data.outcome]);
    }

    assertEquals(
      answers,
      OPERATIONS.map(({ name, done, admin }) => [
        name,
        role === "member" ? "forbidden" : role === "admin" ? admin ?? done : done,
      ]),
    );
  });
}

async function gather(scene: Scene): Promise<Known> {
  const { organizationId, serverId, configId, slug } = scene.tenant;
  for (const login_hint of ["ada", "grace", "edsger"]) {
    await logIn(scene, { login_hint });
  }
  const people = await stack.sql`
    select id from public.mcp_server_user where organization_id = ${organizationId} order by id`;
  const [registration] = await stack.sql`
    select id from public.mcp_client_registrations where mcp_server_id = ${serverId}`;
  const { id: colleagueId } = await signInMember(stack, organizationId, "member");
  return {
    ...{ organizationId, serverId, configId, slug, colleagueId },
    registrationId: registration!["id"],
    people: people.map(({ id }) => id),
  };
}
