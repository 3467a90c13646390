/**
 * The members of an organization, and who is invited.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { database, perform, readRows, type Row } from "../data/client.ts";
import { type Load, useLoad } from "../data/load.ts";
import { isOwner, mayManage, organization, reloadOrganizations } from "../data/organizations.ts";
import { ActionButton } from "../parts/action.tsx";
import { askToConfirm, Dialog } from "../parts/dialog.tsx";
import { Form, SelectField, TextField } from "../parts/form.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Page, Section } from "../parts/page.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { say } from "../parts/toasts.tsx";
import { goTo } from "../router.ts";
import { user } from "../session.ts";
import { texts } from "../texts/texts.ts";

type Role = "owner" | "admin" | "member";
type Member = Row<"mcp_members">;
type Invitation = Row<"mcp_invitations">;

/** The page. */
export function MembersPage(): JSX.Element {
  const { members: t } = texts.value;
  const organizationId = organization.value!.id;
  const [isInviting, setInviting] = useState(false);
  const members = useLoad(`members ${organizationId}`, () =>
    readRows(
      database.from("mcp_members").select("*").eq("organization_id", organizationId).order("joined_at").order(
        "user_id",
      ),
    ));
  const invitations = useLoad(`invitations ${organizationId}`, () =>
    readRows(
      database.from("mcp_invitations").select("*").eq("organization_id", organizationId).order("invited_at")
        .order(
          "invitation_id",
        ),
    ));
  return (
    <Page
      title={t.title}
      actions={mayManage.value && (
        <button type="button" class="primary" onClick={() => setInviting(true)}>{t.invite}</button>
      )}
    >
      <Members load={members} />
      <Section title={t.invitations}>
        <Invitations load={invitations} />
      </Section>
      {isInviting && (
        <InviteDialog
          onClose={() => setInviting(false)}
          onInvited={async (email) => {
            await invitations.reload();
            setInviting(false);
            say(t.invited(email));
          }}
        />
      )}
    </Page>
  );
}

function Members({ load }: { load: Load<Member[]> }): JSX.Element {
  const { members: t, common, roles } = texts.value;
  const columns: Column<Member>[] = [
    {
      title: t.email,
      cell: ({ email, user_id }) => (
        <>
          {email ?? common.unknown} {user_id === user.value?.id && <span class="badge">{t.you}</span>}
        </>
      ),
    },
    { title: t.role, cell: (member) => <RoleChoice member={member} load={load} /> },
    { title: t.joined, cell: ({ joined_at }) => <Time at={joined_at} /> },
    {
      title: common.actions,
      isActions: true,
      cell: (member) => <MemberActions member={member} load={load} />,
    },
  ];
  const readOnly: Column<Member>[] = columns.map((column) =>
    column.title === t.role ? { ...column, cell: ({ role }) => roles[role as Role] } : column
  );
  return (
    <Loaded load={load}>
      {(rows) => (
        <Table
          caption={t.title}
          columns={mayManage.value ? columns : readOnly}
          rows={rows}
          rowKey={({ user_id }) => user_id}
        />
      )}
    </Loaded>
  );
}

/** The roles that the reader may give: only owners make owners. */
function listRoles(): Role[] {
  return isOwner.value ? ["member", "admin", "owner"] : ["member", "admin"];
}

/** Whether the reader may change or remove a member: only owners do it to owners. */
function mayChange(member: Member): boolean {
  return mayManage.value && (isOwner.value || member.role !== "owner");
}

/** An organization keeps an owner: the last one neither goes nor becomes less. */
function isLastOwner(member: Member, { value = [] }: Load<Member[]>): boolean {
  return member.role === "owner" && value.filter(({ role }) => role === "owner").length === 1;
}

/** A member's role. It is changed with a button, and not by moving through the choices. */
function RoleChoice({ member, load }: { member: Member; load: Load<Member[]> }): JSX.Element {
  const { members: t, common, roles } = texts.value;
  const [chosen, setChosen] = useState(member.role);
  const email = member.email ?? member.user_id;
  if (!mayChange(member) || isLastOwner(member, load)) {
    return <>{roles[member.role as Role]}</>;
  }
  return (
    <span class="choice">
      <select
        aria-label={t.changeRole(email)}
        value={chosen}
        onChange={(event) => setChosen(event.currentTarget.value)}
      >
        {listRoles().map((role) => <option key={role} value={role}>{roles[role]}</option>)}
      </select>
      {chosen !== member.role && (
        <ActionButton
          text={common.save}
          class="small"
          label={`${common.save}: ${t.changeRole(email)}`}
          perform={async () => {
            await perform("save_organization_member", {
              p_organization_id: member.organization_id,
              p_user_id: member.user_id,
              p_role: chosen,
            }, ["saved"]);
            await Promise.all([load.reload(), reloadOrganizations()]);
            say(t.roleChanged(email, roles[chosen as Role]));
          }}
        />
      )}
    </span>
  );
}

function MemberActions({ member, load }: { member: Member; load: Load<Member[]> }): JSX.Element | null {
  const { members: t } = texts.value;
  const email = member.email ?? member.user_id;
  const remove = (): Promise<unknown> =>
    perform(
      "remove_organization_member",
      { p_organization_id: member.organization_id, p_user_id: member.user_id },
      ["removed"],
    );
  if (member.user_id === user.value?.id) {
    const name = organization.value?.name ?? "";
    return isLastOwner(member, load) ? null : (
      <button
        type="button"
        onClick={() =>
          askToConfirm({
            title: t.leaveTitle(name),
            text: t.leaveText,
            confirm: t.leave,
            isDanger: true,
            perform: async () => {
              await remove();
              goTo("/", {}, { replace: true });
              await reloadOrganizations();
            },
            done: t.left(name),
          })}
      >
        {t.leave}
      </button>
    );
  }
  return !mayChange(member) ? null : (
    <button
      type="button"
      aria-label={`${t.remove}: ${email}`}
      onClick={() =>
        askToConfirm({
          title: t.removeTitle(email),
          text: t.removeText,
          confirm: t.remove,
          isDanger: true,
          perform: async () => {
            await remove();
            await load.reload();
          },
          done: t.removed(email),
        })}
    >
      {t.remove}
    </button>
  );
}

function Invitations({ load }: { load: Load<Invitation[]> }): JSX.Element {
  const { members: t, common, roles } = texts.value;
  return (
    <Loaded load={load} isEmpty={(rows) => rows.length === 0} empty={t.noInvitations}>
      {(rows) => (
        <Table
          caption={t.invitations}
          rows={rows}
          rowKey={({ invitation_id }) => invitation_id}
          columns={[
            { title: t.email, cell: ({ email }) => email },
            { title: t.role, cell: ({ role }) => roles[role as Role] },
            { title: t.invitedBy, cell: ({ invited_by_email }) => invited_by_email ?? common.unknown },
            { title: t.expires, cell: ({ expires_at }) => <Time at={expires_at} relative /> },
            {
              title: common.actions,
              isActions: true,
              cell: (invitation) => <RevokeButton invitation={invitation} reload={load.reload} />,
            },
          ]}
        />
      )}
    </Loaded>
  );
}

function RevokeButton(
  { invitation: { invitation_id, email, role }, reload }: {
    invitation: Invitation;
    reload: () => Promise<void>;
  },
): JSX.Element | null {
  const { members: t } = texts.value;
  if (!mayManage.value || (role === "owner" && !isOwner.value)) {
    return null;
  }
  return (
    <button
      type="button"
      aria-label={`${t.revoke}: ${email}`}
      onClick={() =>
        askToConfirm({
          title: t.revokeTitle(email),
          text: t.revokeText,
          confirm: t.revoke,
          isDanger: true,
          perform: async () => {
            await perform("revoke_organization_invitation", { p_invitation_id: invitation_id }, ["revoked"]);
            await reload();
          },
          done: t.revoked(email),
        })}
    >
      {t.revoke}
    </button>
  );
}

function InviteDialog(
  { onClose, onInvited }: { onClose: () => void; onInvited: (email: string) => Promise<void> },
): JSX.Element {
  const { members: t, roles } = texts.value;
  return (
    <Dialog title={t.invite} onClose={onClose}>
      <Form
        submit={t.send}
        onCancel={onClose}
        onSubmit={async ({ email = "", role = "" }) => {
          await perform("invite_organization_member", {
            p_organization_id: organization.value!.id,
            p_email: email,
            p_role: role,
          }, ["invited"]);
          await onInvited(email);
        }}
      >
        <TextField
          name="email"
          label={t.email}
          type="email"
          hint={t.inviteHint}
          required
          autoComplete="off"
        />
        <SelectField
          name="role"
          label={t.role}
          options={listRoles().map((role) => [role, roles[role]] as const)}
        />
      </Form>
    </Dialog>
  );
}
