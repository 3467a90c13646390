/**
 * What an owner or admin does about a person: merge, block, export, erase.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { perform, type Row } from "../../data/client.ts";
import { mayManage } from "../../data/organizations.ts";
import { texts } from "../../texts/texts.ts";
import { ActionButton } from "../action.tsx";
import { askToConfirm } from "../dialog.tsx";
import { download } from "../download.ts";
import { nameOf } from "../foreign.tsx";
import { say } from "../toasts.tsx";
import { MergeDialog } from "./merge_dialog.tsx";
import type { Receipt } from "./receipt.tsx";

/** A person, as the view has them. */
export type Person = Row<"mcp_people">;

/** What the buttons need. */
interface ActionsProps {
  person: Person;
  reload: () => Promise<void>;
  onErased: (receipt: Receipt) => void;
}

/** The buttons; members, who may do none of it, see none. */
export function PersonActions(props: ActionsProps): JSX.Element | null {
  const { people: t } = texts.value;
  const { person, reload } = props;
  const [isMerging, setMerging] = useState(false);
  if (!mayManage.value) {
    return null;
  }
  // A visitor becomes known by a login, and somebody who is blocked is merged with nobody.
  const mayMerge = person.auth_type !== "none" && person.blocked_at === null;
  return (
    <>
      {mayMerge && <button type="button" onClick={() => setMerging(true)}>{t.merge}</button>}
      <BlockButton person={person} reload={reload} />
      <ActionButton
        text={t.export}
        perform={async () => {
          const answer = await perform("export_mcp_server_user", {
            p_mcp_server_user_id: person.mcp_server_user_id,
          }, ["exported"]);
          download(
            `${person.mcp_server_user_id}.json`,
            "application/json",
            JSON.stringify(answer.export, null, 2),
          );
          say(t.exported(nameOf(person)));
        }}
      />
      <button type="button" class="danger" onClick={() => askToErase(props)}>{t.erase}</button>
      {isMerging && <MergeDialog person={person} onMerged={reload} onClose={() => setMerging(false)} />}
    </>
  );
}

function BlockButton({ person, reload }: Pick<ActionsProps, "person" | "reload">): JSX.Element {
  const { people: t } = texts.value;
  const { mcp_server_user_id: id, blocked_at } = person;
  const name = nameOf(person);
  if (blocked_at !== null) {
    return (
      <ActionButton
        text={t.unblock}
        perform={async () => {
          await perform("block_mcp_server_user", { p_mcp_server_user_id: id, p_blocked: false }, [
            "unblocked",
          ]);
          await reload();
          say(t.unblocked(name));
        }}
      />
    );
  }
  return (
    <button
      type="button"
      onClick={() =>
        askToConfirm({
          title: t.blockTitle(name),
          text: t.blockText,
          confirm: t.block,
          isDanger: true,
          perform: async () => {
            await perform("block_mcp_server_user", { p_mcp_server_user_id: id, p_blocked: true }, [
              "blocked",
            ]);
            await reload();
          },
          done: t.nowBlocked(name),
        })}
    >
      {t.block}
    </button>
  );
}

function askToErase({ person, onErased }: ActionsProps): void {
  const { people: t } = texts.value;
  const { mcp_server_user_id: id } = person;
  askToConfirm({
    title: t.eraseTitle(nameOf(person)),
    text: t.eraseText,
    confirm: t.erase,
    isDanger: true,
    typed: id,
    perform: async () => {
      const answer = await perform("erase_mcp_server_user", { p_mcp_server_user_id: id }, ["erased"]);
      onErased(answer.receipt as unknown as Receipt);
    },
    done: t.erased,
  });
}
