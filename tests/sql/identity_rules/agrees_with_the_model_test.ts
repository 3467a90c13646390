/**
 * Random histories of logins, visits, blocks and changed policies: SQL and a plain model decide alike.
 */

import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { openDatabase, type Row, type Sql } from "../../support/database/database.ts";
import {
  buildSealedToken,
  hashTrackingId,
  makeConfig,
  makeOrganization,
} from "../../support/database/rows.ts";
import { type Answer, applyLogin, applyTracking, type Config, fold, type User, type World } from "./model.ts";

const database = await openDatabase();
const { service, owner } = database;
Deno.test.afterAll(() => database.close());

/** Spellings of a flag that PostgreSQL reads, and what they mean. */
const spellings: [string | null, boolean][] = [
  ["true", true],
  ["TRUE", true],
  ["t", true],
  ["yes", true],
  ["on", true],
  ["1", true],
  ["false", false],
  ["False", false],
  ["f", false],
  ["no", false],
  ["off", false],
  ["0", false],
  [null, false],
];

const emails = [
  null,
  "",
  " ",
  "ada@example.com",
  "Ada@Example.com ",
  "\u212Aelvin@example.com",
  "kelvin@example.com",
];

type Step =
  | {
    kind: "login";
    config: number;
    organization: number | null;
    issuer: string | null;
    subject: string | null;
    email: string | null;
    spelling: number;
    trackingId: string | null;
    hasToken: boolean;
  }
  | { kind: "track"; organization: number; trackingId: string; email: string | null }
  | { kind: "block"; user: number; isBlocked: boolean }
  | { kind: "policy"; config: number; links: boolean };

const trackingIds = fc.constantFrom("visitor-1", "visitor-2");
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("login" as const),
      config: fc.nat(5),
      organization: fc.option(fc.nat(2), { freq: 3 }),
      issuer: fc.constantFrom(null, "", "its own", "a tenant's"),
      subject: fc.constantFrom("a", "a", "b", "c", "", null),
      email: fc.constantFrom(...emails),
      spelling: fc.nat(spellings.length - 1),
      trackingId: fc.option(trackingIds, { freq: 2 }),
      hasToken: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("track" as const),
      organization: fc.nat(1),
      trackingId: trackingIds,
      email: fc.constantFrom(...emails),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("block" as const), user: fc.nat(20), isBlocked: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("policy" as const), config: fc.nat(2), links: fc.boolean() }),
  },
);

const trim = (email: string | null): string | null => email?.replaceAll(/^ +| +$/g, "") || null;

/** Two organizations, their configs and one of the platform; organization 2 does not exist. */
async function makeWorld(): Promise<{ world: World; organizations: string[]; configs: Config[] }> {
  const organizations = [await makeOrganization(owner), await makeOrganization(owner), "org_nobody"];
  const [one = "", two = ""] = organizations;
  const build = async (organizationId: string | null, changes: Partial<Config>): Promise<Config> => {
    const config: Config = {
      id: "",
      organizationId,
      issuer: "https://login.example.com/common/v2.0",
      identitySource: "openid",
      links: organizationId !== null,
      isDisabled: false,
      ...changes,
    };
    config.id = await makeConfig(owner, organizationId, {
      issuer: config.issuer,
      identity_source: config.identitySource,
      link_verified_email: config.links,
      disabled_at: config.isDisabled ? new Date() : null,
    });
    return config;
  };
  const configs = [
    await build(one, {}),
    await build(one, { issuer: "https://second.example.com/v2.0" }),
    await build(one, { identitySource: "none" }),
    await build(two, {}),
    await build(null, {}),
    await build(two, { isDisabled: true }),
  ];
  return {
    organizations,
    configs,
    world: { organizations: new Set([one, two]), users: new Map(), identities: new Map(), tokens: new Map() },
  };
}

/** What has been answered in all histories together: a generator that misses a case proves nothing about it. */
const outcomes = new Set<string>();

async function answer(sql: Sql, statement: string, values: unknown[]): Promise<Answer> {
  const [row] = await sql.unsafe(statement, values as never[], { prepare: true });
  outcomes.add(String(row?.outcome));
  return {
    outcome: String(row?.outcome),
    userId: row?.mcp_server_user_id ?? null,
    tokenId: row?.upstream_token_id ?? null,
  };
}

async function run(steps: Step[]): Promise<void> {
  const { world, organizations, configs } = await makeWorld();
  for (const step of steps) {
    switch (step.kind) {
      case "login": {
        const config = configs[step.config] as Config;
        const issuer = step.issuer === "its own"
          ? config.issuer
          : step.issuer?.replace("a tenant's", String(config.issuer).replace("common", "tenant-1")) ?? null;
        const [spelling, isVerified] = spellings[step.spelling] ?? [null, false];
        const organizationId = step.organization === null ? null : organizations[step.organization] ?? null;
        const answered = await answer(
          service,
          `select * from public.provision_mcp_server_user(
             $1, $2, $3, $4, ($5::text)::boolean, '{}', $6, $7, null, null, null, $8)`,
          [
            config.id,
            issuer,
            step.subject,
            step.email,
            spelling,
            step.trackingId,
            step.hasToken
              ? buildSealedToken({ organizationId: config.organizationId ?? organizationId ?? "" })
              : null,
            organizationId,
          ],
        );
        const login = {
          config,
          organizationId,
          issuer: issuer || null,
          subject: step.subject || null,
          email: trim(step.email),
          isVerified,
          trackingId: hash(config.organizationId ?? organizationId, step.trackingId),
          hasToken: step.hasToken,
        };
        assertEquals(answered.outcome, applyLogin(world, login, answered));
        break;
      }
      case "track": {
        const organizationId = organizations[step.organization] ?? "";
        const answered = await answer(service, "select * from public.track_mcp_server_user($1, $2, $3)", [
          organizationId,
          step.trackingId,
          step.email,
        ]);
        const trackingId = hashTrackingId(organizationId, step.trackingId);
        const visit = { organizationId, trackingId, email: trim(step.email) };
        assertEquals(answered.outcome, applyTracking(world, visit, answered));
        break;
      }
      case "block": {
        const [id, user] = [...world.users][step.user % Math.max(world.users.size, 1)] ?? [];
        if (id !== undefined && user !== undefined) {
          user.isBlocked = step.isBlocked;
          await owner`
            update public.mcp_server_user set blocked_at = ${
            step.isBlocked ? new Date() : null
          } where id = ${id}`;
        }
        break;
      }
      case "policy": {
        const config = configs[step.config] as Config;
        config.links = step.links;
        await owner`
          update public.custom_oauth_configs set link_verified_email = ${step.links} where id = ${config.id}`;
        break;
      }
    }
  }
  assertEquals(await readWorld(world.organizations), describe(world));
  checkInvariants(world);
}

/** A tracking id as the model and the tables have it. */
function hash(organizationId: string | null, trackingId: string | null): string | null {
  return organizationId === null || trackingId === null ? null : hashTrackingId(organizationId, trackingId);
}

function describe({ users, identities, tokens }: World): Row {
  return {
    users: [...users].sort(byKey),
    identities: [...identities].map(([key, { userId }]) => [key, userId]).sort(byKey),
    tokens: [...tokens].sort(byKey),
  };
}

/** The same, as the tables say it. */
async function readWorld(organizations: Set<string>): Promise<Row> {
  const ids = [...organizations];
  const users = await owner`select * from public.mcp_server_user where organization_id = any (${ids})`;
  const identities =
    await owner`select * from public.mcp_server_user_identities where organization_id = any (${ids})`;
  const tokens = await owner`select * from public.upstream_oauth_tokens where organization_id = any (${ids})`;
  return {
    users: users.map((user): [string, User] => [user.id, {
      organizationId: user.organization_id,
      authType: user.auth_type,
      email: user.email,
      isVerified: user.email_verified,
      subject: user.upstream_sub,
      trackingId: user.tracking_hash,
      isBlocked: user.blocked_at !== null,
    }]).sort(byKey),
    identities: identities.map((row): [string, string] => [
      JSON.stringify([row.organization_id, row.source, row.subject]),
      row.mcp_server_user_id,
    ]).sort(byKey),
    tokens: tokens.map((token): [string, string] => [token.id, token.mcp_server_user_id]).sort(byKey),
  };
}

function byKey([one]: unknown[], [other]: unknown[]): number {
  return String(one) < String(other) ? -1 : 1;
}

/** What must hold whatever the model says. */
function checkInvariants({ users, identities, tokens }: World): void {
  for (const [key, { userId }] of identities) {
    assertEquals(users.get(userId)?.organizationId, JSON.parse(key)[0]);
  }
  for (const userId of tokens.values()) {
    assertEquals(users.has(userId), true);
  }
  const verified = [...users.values()].filter(({ isVerified }) => isVerified);
  assertEquals(verified.every(({ email, subject }) => fold(email) !== "" && subject !== null), true);
}

Deno.test("random histories of logins end as the rules say", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), run),
    { numRuns: 300 },
  );

  assertEquals([...outcomes].sort(), [
    "anonymous",
    "claimed_tracking",
    "config_disabled",
    "created",
    "known",
    "linked_email",
    "matched",
    "organization_required",
    "subject_required",
    "tracked",
    "unknown_organization",
    "user_blocked",
    "wrong_organization",
  ]);
});
