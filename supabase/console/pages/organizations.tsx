/**
 * The reader's organizations, the invitations that wait for an answer, and how to found one.
 *
 * @module
 */

import type { JSX } from "preact";
import { callRpc, perform } from "../data/client.ts";
import { useLoad } from "../data/load.ts";
import { organizations, reloadOrganizations } from "../data/organizations.ts";
import { ActionButton } from "../parts/action.tsx";
import { Form, TextField } from "../parts/form.tsx";
import { Link } from "../parts/link.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Page, Section } from "../parts/page.tsx";
import { Table } from "../parts/table.tsx";
import { say } from "../parts/toasts.tsx";
import { goTo } from "../router.ts";
import { texts, toTime } from "../texts/texts.ts";

/** The page. */
export function OrganizationsPage(): JSX.Element {
  const { organizations: t, roles } = texts.value;
  const list = organizations.value ?? [];
  return (
    <Page title={t.title}>
      <OwnInvitations />
      {list.length === 0 ? <p class="empty">{t.none}</p> : (
        <Table
          caption={t.title}
          rows={list}
          rowKey={({ id }) => id}
          columns={[
            { title: t.name, cell: ({ id, name }) => <Link to={`/${id}`}>{name}</Link> },
            { title: t.yourRole, cell: ({ role }) => roles[role] },
          ]}
        />
      )}
      <Section title={t.found}>
        <Form
          submit={t.found}
          resets
          onSubmit={async ({ name = "" }) => {
            const founded = await perform("create_organization", { p_name: name }, ["created"]);
            await reloadOrganizations();
            say(t.founded(name));
            goTo(`/${founded.id}`);
          }}
        >
          <TextField
            name="name"
            label={t.name}
            hint={t.foundHint}
            required
            maxLength={200}
            autoComplete="organization"
          />
        </Form>
      </Section>
    </Page>
  );
}

/** What the reader is invited to. */
function OwnInvitations(): JSX.Element {
  const { organizations: t, roles } = texts.value;
  const load = useLoad("own invitations", () => callRpc("list_own_invitations"));
  async function answer(
    call: "accept_organization_invitation" | "decline_organization_invitation",
    id: string,
    said: string,
  ): Promise<void> {
    await perform(call, { p_invitation_id: id }, ["accepted", "declined"]);
    await Promise.all([load.reload(), reloadOrganizations()]);
    say(said);
  }
  return (
    <Loaded load={load} isEmpty={(found) => found.length === 0} empty={null}>
      {(found) => (
        <Section title={t.invitations}>
          <ul class="cards">
            {found.map(({ id, organization_name, role, expires_at }) => (
              <li key={id}>
                <p>
                  <strong>{organization_name}</strong>{" "}
                  {t.invitedAs(roles[role as keyof typeof roles] ?? role)}{" "}
                  <span class="soft">{t.expires(toTime(expires_at!))}</span>
                </p>
                <div class="buttons">
                  <ActionButton
                    class="primary"
                    text={t.accept}
                    label={`${t.accept}: ${organization_name}`}
                    perform={() =>
                      answer("accept_organization_invitation", id!, t.accepted(organization_name!))}
                  />
                  <ActionButton
                    text={t.decline}
                    label={`${t.decline}: ${organization_name}`}
                    perform={() =>
                      answer("decline_organization_invitation", id!, t.declined(organization_name!))}
                  />
                </div>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </Loaded>
  );
}
