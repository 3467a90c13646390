/**
 * The doctor's results while somebody writes a provider's settings: `oauth-configs/check`, asked after a pause.
 *
 * An organization has thirty checks in ten minutes, and each is sent to the
 * provider: so the same draft is not examined twice, and nothing is examined
 * that names no provider yet. After a refusal only the button asks again.
 *
 * @module
 */

import { useEffect, useRef, useState } from "preact/hooks";
import type { Check, CheckId } from "../../../functions/_shared/upstream/doctor/findings.ts";
import { postFunction } from "./client.ts";
import type { ProviderBody } from "./provider_draft.ts";

/** How far a check is. */
export interface ProviderCheck {
  /** The last results; undefined where there are none. */
  checks: Check[] | undefined;
  /** Whether the draft has changed since. */
  isStale: boolean;
  error: Error | undefined;
  isChecking: boolean;
  /** Examines the draft, or another one, now; resolves with the results, or with undefined where there are none. */
  run: (body?: ProviderBody) => Promise<Check[] | undefined>;
}

/** Long enough that somebody who types is not examined at each letter. */
const PAUSE_MILLISECONDS = 1_200;

/** What has nothing to do with the provider. */
const UNCHECKED = ["name", "link_verified_email", "account_prompt"];

const NOTHING = { checks: undefined, isStale: false, error: undefined, isChecking: false };

/** Examines a draft whenever it has changed and its writer has paused. Undefined is not examined. */
export function useProviderCheck(draft: ProviderBody | undefined): ProviderCheck {
  const [state, setState] = useState<Omit<ProviderCheck, "run">>(NOTHING);
  const turn = useRef(0);
  const isRefused = useRef(false);
  const text = draft === undefined ? "" : toText(draft);
  const checked = useRef("");

  async function run(body?: ProviderBody): Promise<Check[] | undefined> {
    const own = ++turn.current;
    checked.current = body === undefined ? text || checked.current : toText(body);
    setState((before) => ({ ...before, isStale: true, error: undefined, isChecking: true }));
    try {
      const { checks } = await postFunction<{ checks: Check[] }>(
        "oauth-configs/check",
        JSON.parse(checked.current),
      );
      isRefused.current = false;
      if (own === turn.current) {
        setState({ ...NOTHING, checks });
      }
      return checks;
    } catch (error) {
      isRefused.current = true;
      if (own === turn.current) {
        setState({ ...NOTHING, error: error as Error });
      }
      return undefined;
    }
  }

  useEffect(() => {
    if (text === checked.current) {
      return;
    }
    // What is found from now on belongs to another draft. The last results stay in sight, so that no field moves.
    turn.current++;
    checked.current = "";
    if (text === "" || isRefused.current) {
      setState((before) => ({ ...NOTHING, error: text === "" ? undefined : before.error }));
      return;
    }
    setState((before) => ({ ...before, isStale: true, isChecking: false }));
    const timer = setTimeout(() => void run(), PAUSE_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => () => {
    turn.current++;
  }, []);

  return { ...state, run };
}

function toText(body: ProviderBody): string {
  return JSON.stringify(
    Object.fromEntries(Object.entries(body).filter(([name]) => !UNCHECKED.includes(name))),
  );
}

/** Whether a draft names a provider that can be asked. */
export function namesProvider(
  { issuer, token_endpoint: endpoint }: { issuer: string; token_endpoint: string },
): boolean {
  return [issuer, endpoint].some((url) => /^https?:\/\/[^\s/]+/.test(url.trim()) && URL.canParse(url.trim()));
}

/** The field that a check is about; `redirect_uri` stands beside the redirect URI. */
const FIELD_OF_CHECK: Readonly<Record<CheckId, string>> = {
  reachable: "issuer",
  issuer: "issuer",
  endpoints: "issuer",
  pkce: "issuer",
  response_issuer: "issuer",
  clock: "issuer",
  openid_scope: "scopes",
  scopes: "scopes",
  refresh_tokens: "scopes",
  auth_method: "token_endpoint_auth_method",
  userinfo: "userinfo_endpoint",
  keys: "jwks_uri",
  revocation: "revocation_endpoint",
  tenants: "allowed_tenants",
  redirect_uri: "redirect_uri",
  client: "client_secret",
};

/** Findings whose field is another than that of their check. */
const FIELD_OF_FINDING: Partial<Record<Check["finding"], string>> = {
  client_id_unknown: "client_id",
  endpoint_missing: "token_endpoint",
  endpoint_unusable: "token_endpoint",
  token_endpoint_not_found: "token_endpoint",
  token_endpoint_unreachable: "token_endpoint",
  authorization_not_found: "authorization_endpoint",
  authorization_unreachable: "authorization_endpoint",
  authorization_refused: "authorization_parameters",
  refresh_token_by_parameter: "authorization_parameters",
};

/** The field that a result stands beside. */
export function fieldOf({ id, finding }: Check): string {
  return FIELD_OF_FINDING[finding] ?? FIELD_OF_CHECK[id];
}
