/**
 * The receipt of an erasure: it says what was erased, and not whose it was.
 *
 * @module
 */

import type { JSX } from "preact";
import { organization } from "../../data/organizations.ts";
import { texts, toNumber } from "../../texts/texts.ts";
import { Copy } from "../copy.tsx";
import { download } from "../download.ts";
import { Link } from "../link.tsx";
import { Page } from "../page.tsx";
import { Time } from "../time.tsx";

/** What `erase_mcp_server_user` answers. */
export interface Receipt {
  receipt_id: string;
  erased_at: string;
  erased: Record<string, number>;
  audit_events_without_name: number;
}

/** The page that stands in the place of the person's file. */
export function ErasureReceipt({ receipt }: { receipt: Receipt }): JSX.Element {
  const { people: t } = texts.value;
  const { id } = organization.value!;
  const titles: Readonly<Record<string, string>> = t.erasedKinds;
  // In the order of the texts; what is newer than the console stands behind it, by its own name.
  const kinds = new Set([...Object.keys(titles), ...Object.keys(receipt.erased)]);
  const counts = [
    ...[...kinds].filter((kind) => Object.hasOwn(receipt.erased, kind)).map((kind) =>
      [Object.hasOwn(titles, kind) ? titles[kind]! : kind, receipt.erased[kind]!] as const
    ),
    [t.anonymized, receipt.audit_events_without_name] as const,
  ];
  return (
    <Page title={t.receiptTitle} intro={t.receiptText}>
      <dl>
        <div>
          <dt>{t.receiptId}</dt>
          <dd>
            <Copy text={receipt.receipt_id} label={t.receiptId} />
          </dd>
        </div>
        <div>
          <dt>{t.erasedAt}</dt>
          <dd>
            <Time at={receipt.erased_at} />
          </dd>
        </div>
        {counts.map(([title, count]) => (
          <div key={title}>
            <dt>{title}</dt>
            <dd>{toNumber(count)}</dd>
          </div>
        ))}
      </dl>
      <div class="buttons">
        <button
          type="button"
          class="primary"
          onClick={() =>
            download(`${receipt.receipt_id}.json`, "application/json", JSON.stringify(receipt, null, 2))}
        >
          {t.saveReceipt}
        </button>
        <Link to={`/${id}/people`} class="button">{t.allPeople}</Link>
      </div>
    </Page>
  );
}
