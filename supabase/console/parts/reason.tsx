/**
 * A reason of the audit: what it means, and what the owner does.
 *
 * The sentences are those of `supabase/REASONS.md`.
 *
 * @module
 */

import type { JSX } from "preact";
import { texts } from "../texts/texts.ts";

/** What is known of a reason; undefined for one that is newer than the console. */
function explain(reason: string): { meaning: string; remedy: string } | undefined {
  const { reasons } = texts.value;
  return Object.hasOwn(reasons, reason) ? reasons[reason as keyof typeof reasons] : undefined;
}

/** A reason in a list: its name and what it means, with `isWhole` what the owner does, too. */
export function Reason(
  { reason, isWhole = false }: { reason: string | null; isWhole?: boolean },
): JSX.Element | null {
  const { logins: t } = texts.value;
  if (reason === null) {
    return null;
  }
  const known = explain(reason);
  return (
    <>
      <code>{reason}</code>
      {known !== undefined && (
        <small class="below">
          <Marked text={known.meaning} />
        </small>
      )}
      {isWhole && known !== undefined && (
        <small class="below">
          {t.remedy}: <Marked text={known.remedy} />
        </small>
      )}
    </>
  );
}

/** A reason as a whole. */
export function ReasonAndRemedy({ reason }: { reason: string }): JSX.Element {
  const { logins: t } = texts.value;
  const known = explain(reason);
  return (
    <dl>
      <div>
        <dt>{t.reason}</dt>
        <dd>
          <code>{reason}</code>
        </dd>
      </div>
      <div>
        <dt>{t.meaning}</dt>
        <dd>{known === undefined ? t.unknownReason : <Marked text={known.meaning} />}</dd>
      </div>
      {known !== undefined && (
        <div>
          <dt>{t.remedy}</dt>
          <dd>
            <Marked text={known.remedy} />
          </dd>
        </div>
      )}
    </dl>
  );
}

/** A sentence with names between backticks; of a link to a page of the project the text is left. */
function Marked({ text }: { text: string }): JSX.Element {
  return (
    <>
      {text.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1").split("`").map((part, index) =>
        index % 2 === 1 ? <code key={index}>{part}</code> : part
      )}
    </>
  );
}
