/**
 * `supabase/REASONS.md` explains every reason that reaches the audit, those that operators mend, and no other.
 *
 * The reasons are read from where they are written: the code of a login and of
 * the vault, and SQL. A reason that is built from an outcome is listed here with
 * what it can become.
 */

import { assertEquals } from "@std/assert";

const root = new URL("../..", import.meta.url).pathname;

/** Code whose reasons reach the audit. */
const CODE = [
  "functions/_shared/upstream",
  "functions/_shared/http/safe_fetch.ts",
  "functions/oauth-callback",
  "functions/mcp/vault",
  "functions/mcp/forward/forward.ts",
];
/** How code writes a reason as it is. */
const LITERALS = [
  /\breason: "(\w+)"/g,
  /\b(?:refused|refusedSubject|refusedCallback|endedLogin|end)\(\s*"(\w+)"/g,
  /\bvault\.end\(\w+, "(\w+)"/g,
  /\bunavailable\(\s*(?:\w+|"[^"]*"),\s*"(\w+)"/g,
  /[?:] "(upstream_\w+)"/g,
];
/** How code builds a reason, and what it becomes. */
const BUILT: Record<string, string[]> = {
  "`session_${claim.outcome}`": [
    ...["unknown", "expired", "replayed", "other_browser", "no_sign_in", "config_changed"]
      .map((outcome) => `session_${outcome}`),
  ],
  "`request_${thrown.reason}`": ["request_key_gone", "request_not_genuine"],
  "`upstream_${lease.outcome}`": ["upstream_no_refresh_token", "upstream_credentials_changed"],
  "`upstream_token_${thrown.reason}`": ["upstream_token_key_gone", "upstream_token_not_genuine"],
};
/** Of the gateway only: no login fails or ends with it, and the audit does not have it. */
const LOG_ONLY = ["refresh_busy", "mcp_server_timeout", "upstream_examination_too_long"];
/** Those of the log that whoever operates the deployment can mend, or has to know. */
const OPERATORS = [
  ...["database_unavailable", "database_login_refused", "crowded", "too_many_assertions", "refresh_busy"],
  ...["mcp_server_timeout", "mcp_server_unreachable", "mcp_server_unresolved", "mcp_server_address_refused"],
  ...["mcp_server_broke_off", "mcp_server_redirected", "mcp_server_refused_gateway", "mcp_server_is_gateway"],
  ...["records_lost", "records_refused", "records_left_out"],
];
/** What `OAuthError` says where nobody gives a reason. */
const DEFAULTS = ["server_error", "temporarily_unavailable"];

/** How SQL writes a reason. */
const WRITTEN = [
  /\b(?:p_reason =>|ended_reason =|revoked_reason =) '(\w+)'/g,
  /case when session\.claimed_at is null then '(\w+)' else '\w+' end/g,
  /case when session\.claimed_at is null then '\w+' else '(\w+)' end/g,
  /then '(user_blocked)'\s+else '\w+'\s+end as reason/g,
  /then 'user_blocked'\s+else '(\w+)'\s+end as reason/g,
];

async function* readFiles(path: string): AsyncGenerator<string> {
  if ((await Deno.stat(root + path)).isFile) {
    yield await Deno.readTextFile(root + path);
    return;
  }
  for await (const { name } of Deno.readDir(root + path)) {
    yield* readFiles(`${path}/${name}`);
  }
}

function findAll(text: string, patterns: RegExp[]): string[] {
  return patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, reason]) => reason!));
}

async function listReasons(): Promise<Set<string>> {
  const reasons = new Set(DEFAULTS);
  for (const path of CODE) {
    for await (const text of readFiles(path)) {
      findAll(text, LITERALS).filter((reason) => !LOG_ONLY.includes(reason)).forEach((reason) =>
        reasons.add(reason)
      );
      for (const [built, becomes] of Object.entries(BUILT)) {
        if (text.includes(built)) {
          becomes.forEach((reason) => reasons.add(reason));
        }
      }
    }
  }
  for (const folder of ["functions", "views"]) {
    for await (const text of readFiles(`supabase/schemas/${folder}`)) {
      // A refused setting says its rule to whoever saves, and the audit says nothing.
      const audited = text.replaceAll(/refuse_platform_change\([^;]*;/gs, "");
      findAll(audited, WRITTEN).forEach((reason) => reasons.add(reason));
    }
  }
  const provisioning = await Deno.readTextFile(
    `${root}supabase/schemas/functions/provision_mcp_server_user.sql`,
  );
  const outcomes = /-- Outcomes([^]*?)-- Raises/.exec(provisioning)![1]!;
  for (const [slug] of outcomes.replaceAll(/or a refusal:|--/g, "").matchAll(/[a-z_]+/g)) {
    reasons.add(slug);
  }
  return reasons;
}

Deno.test("supabase/REASONS.md explains every reason that reaches the audit, once, and no other", async () => {
  const page = await Deno.readTextFile(`${root}supabase/REASONS.md`);
  const explained = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, reason]) => reason!);

  assertEquals(explained.sort(), [...await listReasons(), ...OPERATORS].sort());
});

Deno.test("every reason that only operators see is written somewhere", async () => {
  let code = "";
  for (
    const path of [
      "_shared/database",
      "_shared/errors.ts",
      "_shared/client",
      "mcp/vault",
      "mcp/forward",
      "mcp/records",
    ]
  ) {
    for await (const text of readFiles(`functions/${path}`)) {
      code += text;
    }
  }

  assertEquals(OPERATORS.filter((reason) => !code.includes(`"${reason}"`)), []);
});

Deno.test("no code of a login or of the vault builds a reason in a way that is not listed", async () => {
  const found = new Set<string>();
  for (const path of CODE) {
    for await (const text of readFiles(path)) {
      for (const [built] of text.matchAll(/`(?:request|session|upstream)(?:_[a-z]+)*_\$\{[\w.]+\}`/g)) {
        found.add(built);
      }
    }
  }

  assertEquals([...found].sort(), Object.keys(BUILT).sort());
});
