/**
 * Random runs of the model of the upstream lease, call by call on a real database: both answer alike.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { call, openDatabase, type Row } from "../support/database/database.ts";
import { buildLogin, makeTenant, newHash } from "../support/database/rows.ts";
import { describeRun, hasSpin, type Model, simulate } from "../support/model/spin.ts";

const ignore = !hasSpin && !Deno.env.get("CI");
const database = await openDatabase();
const { service, owner } = database;
const tenant = await makeTenant(database);
Deno.test.afterAll(() => database.close());

const MODEL: Model = { name: "upstream_lease", defines: ["WORKERS=3", "TOKENS=40"] };
const SEEDS = 80;
const STEPS = 1_500;
/** A lease is two ticks in the model and thirty seconds in SQL. */
const SECONDS_OF_A_TICK = 15;
const seen = new Set<string>();

Deno.test({
  name: `the upstream lease answers ${SEEDS} random runs of three workers as the model does`,
  ignore,
  async fn(): Promise<void> {
    for (let seed = 1; seed <= SEEDS; seed++) {
      await replay(await simulate(MODEL, seed, STEPS), describeRun(MODEL, seed, STEPS));
    }

    assertEquals([...seen].sort(), [
      "lease busy",
      "lease fresh",
      "lease leased",
      "lease leased after a lapse",
      "release lease_lost",
      "release released",
      "store lease_lost",
      "store stored",
    ]);
  },
});

async function replay(steps: string[], run: string): Promise<void> {
  const { upstream_token_id: id } = await call(service, "provision_mcp_server_user", buildLogin(tenant));
  await owner`
    update public.upstream_oauth_tokens
    set access_token_ciphertext = 'access 0', refresh_token_ciphertext = 'refresh 0'
    where id = ${String(id)}`;
  const entry = { p_upstream_token_id: id };
  /** What proves each worker's lease: new with every attempt. */
  const leases: string[] = [];
  let [access, refresh] = ["access 0", "refresh 0"];

  for (const [index, step] of steps.entries()) {
    const [, what, worker, ...rest] = step.split(" ");
    const me = Number(worker);
    const place = `${step}, step ${index} of ${run}`;
    const compare = (answered: Row, expected: Row): void => {
      const compared = Object.fromEntries(Object.keys(expected).map((key) => [key, answered[key]]));
      assertEquals([compared, place], [expected, place]);
    };
    switch (what) {
      case "tick":
        await owner`
          update public.upstream_oauth_tokens
          set refresh_leased_until = refresh_leased_until - make_interval(secs => ${SECONDS_OF_A_TICK})
          where id = ${String(id)}`;
        break;
      case "forget":
        break;
      case "lease": {
        const [known, outcome, lapsed] = rest;
        leases[me] = newHash();
        const answered = await call(service, "lease_upstream_refresh", {
          ...entry,
          p_lease_hash: leases[me],
          p_known_access_token: `access ${known}`,
        });
        compare(answered, { outcome });
        if (outcome === "leased") {
          compare(answered, { refresh_token_ciphertext: refresh, lapsed: lapsed === "1" });
        }
        if (outcome === "fresh") {
          compare(answered, { access_token_ciphertext: access });
        }
        seen.add(`lease ${outcome}${lapsed === "1" ? " after a lapse" : ""}`);
        break;
      }
      case "store": {
        const [newAccess, newRefresh, outcome] = rest;
        const stored = {
          p_access_token: `access ${newAccess}`,
          p_refresh_token: `refresh ${newRefresh}`,
          p_scope: null,
          p_expires_at: null,
        };
        const answered = await call(service, "store_upstream_refresh", {
          ...entry,
          ...stored,
          p_lease_hash: leases[me],
        });
        compare(answered, { outcome });
        if (outcome === "stored") {
          [access, refresh] = [stored.p_access_token, stored.p_refresh_token];
        }
        seen.add(`store ${outcome}`);
        break;
      }
      case "release": {
        const answered = await call(service, "release_upstream_refresh", {
          ...entry,
          p_lease_hash: leases[me],
        });
        compare(answered, { outcome: rest[0] });
        seen.add(`release ${rest[0]}`);
        break;
      }
    }
  }
}
