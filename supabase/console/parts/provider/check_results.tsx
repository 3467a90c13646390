/**
 * The doctor's results: beside the field that each is about, and all of them in a table.
 *
 * The sentences are those of `oauth-configs/check`, which speaks English.
 *
 * @module
 */

import type { JSX } from "preact";
import type { Check, CheckId, CheckState } from "../../../../functions/_shared/upstream/doctor/findings.ts";
import { fieldOf, type ProviderCheck } from "../../data/provider_check.ts";
import { texts } from "../../texts/texts.ts";
import { explainError } from "../explain.ts";
import { Table } from "../table.tsx";

const BADGES: Readonly<Record<CheckState, string>> = {
  ok: "badge good",
  warning: "badge warn",
  failed: "badge bad",
  skipped: "badge",
};

/** Checks of which only trouble is told beside a field: nobody has written there what they are about. */
const QUIET: readonly CheckId[] = ["pkce", "response_issuer", "clock"];

/** The results for a field, undefined where there are none. */
export function noteFor(checks: readonly Check[] | undefined, field: string): JSX.Element | undefined {
  const found = (checks ?? []).filter((check) =>
    fieldOf(check) === field && check.state !== "skipped" &&
    !(check.state === "ok" && QUIET.includes(check.id))
  );
  return found.length === 0 ? undefined : (
    <ul class="checks">
      {found.map((check) => (
        <li key={check.id}>
          <State state={check.state} /> <Sentences check={check} />
        </li>
      ))}
    </ul>
  );
}

function State({ state }: { state: CheckState }): JSX.Element {
  return <span class={BADGES[state]}>{texts.value.providers.states[state]}</span>;
}

function Sentences({ check: { seen, advice } }: { check: Check }): JSX.Element {
  return <span lang="en">{seen}.{advice === null ? "" : ` ${advice}.`}</span>;
}

/** Whether the draft as it stands has a problem that the doctor knows of. */
export function hasProblem({ checks, isStale }: ProviderCheck): boolean {
  return !isStale && countState(checks ?? [], "failed") > 0;
}

/** How many results there are of a state. */
function countState(checks: readonly Check[], state: CheckState): number {
  return checks.filter((check) => check.state === state).length;
}

/** What a check came to, in a line that is read out, and the whole of it below. */
export function CheckSummary(
  { check: { checks, isStale, error, isChecking, run }, isOpen = false }: {
    check: ProviderCheck;
    isOpen?: boolean;
  },
): JSX.Element {
  const { providers: t, common } = texts.value;
  const isKnown = checks !== undefined && !isStale;
  return (
    <>
      <p role="status" class={isKnown || isChecking ? "soft" : "hidden"}>
        {isChecking && t.checking}
        {isKnown && t.checked(countState(checks, "failed"), countState(checks, "warning"))}
      </p>
      {error !== undefined && (
        <div class="notice bad" role="alert">
          <p>{explainError(error, { action: true })}</p>
          <button type="button" onClick={() => void run()}>{common.tryAgain}</button>
        </div>
      )}
      {checks !== undefined && (
        <details open={isOpen}>
          <summary>{t.allChecks(checks.length)}</summary>
          <CheckTable checks={checks} />
        </details>
      )}
    </>
  );
}

function CheckTable({ checks }: { checks: readonly Check[] }): JSX.Element {
  const { providers: t } = texts.value;
  return (
    <Table
      caption={t.checks}
      rows={checks}
      rowKey={({ id }) => id}
      columns={[
        { title: t.check, cell: ({ id }) => t.checkNames[id] },
        { title: t.result, cell: ({ state }) => <State state={state} /> },
        { title: t.seen, cell: (check) => <Sentences check={check} /> },
      ]}
    />
  );
}
