/**
 * Merging: a person takes over what another one has, who is the same human being.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { database, perform, readRows } from "../../data/client.ts";
import { texts } from "../../texts/texts.ts";
import { Dialog } from "../dialog.tsx";
import { toSearch } from "../filters.tsx";
import { Foreign, nameOf } from "../foreign.tsx";
import { FieldError, Form, TextField } from "../form.tsx";
import { say } from "../toasts.tsx";
import type { Person } from "./actions.tsx";

const MOST_FOUND = 10;

type Candidate = Pick<Person, "mcp_server_user_id" | "name" | "email">;

/** What the dialog needs. */
export interface MergeDialogProps {
  /** Who stays. */
  person: Person;
  onMerged: () => Promise<void>;
  onClose: () => void;
}

/** Finds the other one, and merges. */
export function MergeDialog({ person, onMerged, onClose }: MergeDialogProps): JSX.Element {
  const { people: t } = texts.value;
  const [found, setFound] = useState<Candidate[]>();
  return (
    <Dialog title={t.mergeTitle(nameOf(person))} onClose={onClose}>
      <p>{t.mergeText(nameOf(person))}</p>
      <Form
        submit={t.findOther}
        onCancel={onClose}
        onSubmit={async ({ search = "" }) => {
          const candidates = await findCandidates(person, search);
          setFound(candidates);
          if (candidates.length === 0) {
            throw new FieldError("search", t.nobodyToMerge);
          }
        }}
      >
        <TextField
          name="search"
          label={t.other}
          hint={t.otherHint}
          required
          spellcheck={false}
          autoComplete="off"
        />
      </Form>
      {found !== undefined && found.length > 0 && (
        <Form
          submit={t.merge}
          isDanger
          onSubmit={async ({ merged_user_id = "" }) => {
            if (merged_user_id === "") {
              throw new FieldError("merged_user_id", t.chooseOther);
            }
            await perform("merge_mcp_server_users", {
              p_mcp_server_user_id: person.mcp_server_user_id,
              p_merged_user_id: merged_user_id,
            }, ["merged"]);
            await onMerged();
            onClose();
            say(t.merged(nameOf(person)));
          }}
        >
          <fieldset>
            <legend>{t.chooseOther}</legend>
            {found.map((candidate) => (
              <label key={candidate.mcp_server_user_id} class="option">
                <input type="radio" name="merged_user_id" value={candidate.mcp_server_user_id} required />
                <span>
                  <bdi>{nameOf(candidate)}</bdi>
                  <small class="below">
                    {candidate.email !== null && (
                      <>
                        <Foreign text={candidate.email} />
                        {" "}
                      </>
                    )}
                    <code>{candidate.mcp_server_user_id}</code>
                  </small>
                </span>
              </label>
            ))}
          </fieldset>
        </Form>
      )}
    </Dialog>
  );
}

/** Those with whom a merge would not be refused. */
async function findCandidates(person: Person, search: string): Promise<Candidate[]> {
  return await readRows(
    database.from("mcp_people").select("mcp_server_user_id,name,email")
      .eq("organization_id", person.organization_id).eq("auth_type", person.auth_type)
      .neq("mcp_server_user_id", person.mcp_server_user_id).is("blocked_at", null)
      .or(toSearch(search, { within: ["email", "name"], exactly: ["mcp_server_user_id"] }))
      .order("first_seen_at", { ascending: false }).limit(MOST_FOUND),
  );
}
