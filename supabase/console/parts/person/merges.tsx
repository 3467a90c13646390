/**
 * Who was merged into a person, and the way back.
 *
 * @module
 */

import type { JSX } from "preact";
import { database, perform, readRows, type Row } from "../../data/client.ts";
import { useLoad } from "../../data/load.ts";
import { mayManage } from "../../data/organizations.ts";
import { texts } from "../../texts/texts.ts";
import { askToConfirm } from "../dialog.tsx";
import { nameOf } from "../foreign.tsx";
import { Loaded } from "../loaded.tsx";
import { Section } from "../page.tsx";
import { Table } from "../table.tsx";
import { Time } from "../time.tsx";
import type { Person } from "./actions.tsx";

type Merge = Row<"mcp_merges">;

/** The section. */
export function PersonMerges(
  { person, reload }: { person: Person; reload: () => Promise<void> },
): JSX.Element {
  const { people: t, common } = texts.value;
  const { organization_id, mcp_server_user_id } = person;
  const load = useLoad(`merges ${organization_id} ${mcp_server_user_id}`, () =>
    readRows(
      database.from("mcp_merges").select("*").eq("organization_id", organization_id)
        .eq("mcp_server_user_id", mcp_server_user_id).order("merged_at", { ascending: false }).limit(100),
    ));
  return (
    <Section title={t.merges}>
      <Loaded load={load} isEmpty={(merges) => merges.length === 0} empty={t.noMerges}>
        {(merges) => (
          <Table
            caption={t.merges}
            rows={merges}
            rowKey={({ merge_id }) => merge_id}
            columns={[
              { title: t.mergedPerson, cell: ({ merged_user_id }) => <code>{merged_user_id}</code> },
              { title: t.mergedAt, cell: ({ merged_at }) => <Time at={merged_at} /> },
              { title: t.by, cell: ({ actor, merged_by }) => actor ?? merged_by ?? common.unknown },
              {
                title: t.takenBack,
                cell: ({ taken_back_at }) => <Time at={taken_back_at} otherwise={common.no} />,
              },
              {
                title: common.actions,
                isActions: true,
                cell: (merge) => <TakeBackButton merge={merge} person={person} reload={reload} />,
              },
            ]}
          />
        )}
      </Loaded>
    </Section>
  );
}

function TakeBackButton(
  { merge: { merge_id, merged_user_id, taken_back_at }, person, reload }: {
    merge: Merge;
    person: Person;
    reload: () => Promise<void>;
  },
): JSX.Element | null {
  const { people: t } = texts.value;
  if (!mayManage.value || taken_back_at !== null) {
    return null;
  }
  return (
    <button
      type="button"
      aria-label={`${t.takeBack}: ${merged_user_id}`}
      onClick={() =>
        askToConfirm({
          title: t.takeBackTitle(nameOf(person)),
          text: t.takeBackText,
          confirm: t.takeBack,
          isDanger: true,
          perform: async () => {
            await perform("unmerge_mcp_server_users", { p_merge_id: merge_id }, ["taken_back"]);
            await reload();
          },
          done: t.tookBack,
        })}
    >
      {t.takeBack}
    </button>
  );
}
