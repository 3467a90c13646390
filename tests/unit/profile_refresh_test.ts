import { assertEquals, assertStringIncludes } from "@std/assert";
import { OAuthError } from "../../functions/_shared/errors.ts";
import type { LogEntry } from "../../functions/_shared/log.ts";
import { runForRequest } from "../../functions/_shared/http/request_id.ts";
import { refreshProfile } from "../../functions/mcp/vault/profile.ts";
import { fakeDatabase, type Row } from "../support/database/fake_database.ts";
import { NOW } from "../support/functions/dependencies.ts";
import { buildUpstream } from "../support/provider/upstream.ts";

/** Refreshes a profile that is two days old; returns what was logged. */
async function refresh(answer: Row | Error): Promise<LogEntry[]> {
  const { config, safeFetch } = buildUpstream({ config: { identity_source: "openid" } });
  const logged: LogEntry[] = [];
  const grant = {
    ...{ accessToken: "token", refreshToken: null, scope: null, expiresIn: null, omitted: null },
    idTokenClaims: { sub: "upstream-1", name: "Ada" },
  };
  await runForRequest("request-1", () =>
    refreshProfile(
      { config, server: { issuer: config.issuer! } },
      { profile_refreshed_at: new Date(NOW - 2 * 24 * 60 * 60 * 1000).toISOString() },
      grant,
      "uoat_1",
      {
        ...{ safeFetch, allowPrivateUpstreams: false, now: () => NOW },
        database: fakeDatabase({ refresh_user_profile: answer }),
        log: (entry) => logged.push(entry),
      },
    ));
  return logged;
}

Deno.test("a profile that is refreshed, or cannot be for the moment, is no line of the log", async () => {
  assertEquals(await refresh("refreshed"), []);
  assertEquals(await refresh(new OAuthError("temporarily_unavailable", "Cannot reach the database")), []);
});

Deno.test("a fault while a profile is refreshed ends no call, and is logged as an error with its cause", async () => {
  const [entry, ...others] = await refresh(new TypeError("a bug of ours"));

  assertEquals(others, []);
  assertEquals([entry?.requestId, entry?.endpoint, entry?.status, entry?.detail], [
    "request-1",
    "mcp",
    500,
    { step: "profile_refresh" },
  ]);
  assertStringIncludes(String(entry?.cause), "a bug of ours");
});
