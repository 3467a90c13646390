/**
 * One person's file: who it is, what is connected in their name, what they did, and what can be done about it.
 *
 * @module
 */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { database, readRows } from "../data/client.ts";
import { useLoad } from "../data/load.ts";
import { organization } from "../data/organizations.ts";
import { Copy } from "../parts/copy.tsx";
import { Foreign, ForeignJson, nameOf } from "../parts/foreign.tsx";
import { Link } from "../parts/link.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Page, Section } from "../parts/page.tsx";
import { PersonBadges } from "../parts/person.tsx";
import { Table } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import type { PageParameters } from "../routes.ts";
import { texts } from "../texts/texts.ts";
import { type Person, PersonActions } from "../parts/person/actions.tsx";
import { PersonConnections } from "../parts/person/connections.tsx";
import { PersonLogins } from "../parts/person/logins.tsx";
import { PersonMerges } from "../parts/person/merges.tsx";
import { ErasureReceipt, type Receipt } from "../parts/person/receipt.tsx";
import { PersonSessions } from "../parts/person/sessions.tsx";

/** What a provider calls a person. */
interface Identity {
  issuer: string;
  subject: string;
  since: string;
}

/** The page. */
export function PersonPage({ parameters }: PageParameters): JSX.Element {
  const { people: t } = texts.value;
  const { id } = organization.value!;
  const personId = parameters["person"]!;
  const [receipt, setReceipt] = useState<Receipt>();
  const load = useLoad(`person ${id} ${personId}`, async () => {
    const found = await readRows(
      database.from("mcp_people").select("*").eq("organization_id", id).eq("mcp_server_user_id", personId)
        .limit(1),
    );
    return found[0] ?? null;
  });
  // What an action changes is read again by every part: each is drawn anew.
  const [turn, setTurn] = useState(0);
  const reload = async (): Promise<void> => {
    await load.reload();
    setTurn((before) => before + 1);
  };
  if (receipt !== undefined) {
    return <ErasureReceipt receipt={receipt} />;
  }
  const person = load.value;
  return (
    <Page
      title={person ? nameOf(person) : t.onePerson}
      intro={person ? <PersonBadges person={person} /> : undefined}
      actions={
        <>
          <Link to={`/${id}/people`} class="button">{t.allPeople}</Link>
          {person && <PersonActions person={person} reload={reload} onErased={setReceipt} />}
        </>
      }
    >
      <Loaded load={load}>
        {(found) =>
          found === null ? <Gone personId={personId} /> : <File key={turn} person={found} reload={reload} />}
      </Loaded>
    </Page>
  );
}

function File({ person, reload }: { person: Person; reload: () => Promise<void> }): JSX.Element {
  const { people: t } = texts.value;
  return (
    <>
      <Facts person={person} />
      <Section title={t.identities}>
        <Identities identities={(person.identities ?? []) as unknown as Identity[]} />
      </Section>
      <PersonConnections person={person} />
      <Section title={t.sessions}>
        <PersonSessions person={person} />
      </Section>
      <PersonLogins person={person} />
      <PersonMerges person={person} reload={reload} />
      <Section title={t.profile}>
        <details>
          <summary>{t.showProfile}</summary>
          <ForeignJson value={person.profile} />
        </details>
      </Section>
    </>
  );
}

function Facts({ person }: { person: Person }): JSX.Element {
  const { people: t } = texts.value;
  return (
    <dl>
      <div>
        <dt>{t.id}</dt>
        <dd>
          <Copy text={person.mcp_server_user_id} label={t.id} />
        </dd>
      </div>
      {person.name !== null && (
        <div>
          <dt>{t.name}</dt>
          <dd>
            <Foreign text={person.name} />
          </dd>
        </div>
      )}
      <div>
        <dt>{t.email}</dt>
        <dd>
          {person.email === null ? <span class="soft">{t.noEmail}</span> : (
            <>
              <Foreign text={person.email} />{" "}
              <span class={person.email_verified ? "badge good" : "badge warn"}>
                {person.email_verified ? t.verified : t.unverified}
              </span>
            </>
          )}
        </dd>
      </div>
      <div>
        <dt>{t.firstSeen}</dt>
        <dd>
          <Time at={person.first_seen_at} />
        </dd>
      </div>
      <div>
        <dt>{t.lastSeen}</dt>
        <dd>
          <Time at={person.last_seen_at} />
        </dd>
      </div>
      {person.blocked_at !== null && (
        <div>
          <dt>{t.blockedSince}</dt>
          <dd>
            <Time at={person.blocked_at} />
          </dd>
        </div>
      )}
    </dl>
  );
}

function Identities({ identities }: { identities: Identity[] }): JSX.Element {
  const { people: t } = texts.value;
  return identities.length === 0 ? <div class="empty">{t.noIdentities}</div> : (
    <Table
      caption={t.identities}
      rows={identities}
      rowKey={({ issuer, subject }) => `${issuer} ${subject}`}
      columns={[
        { title: t.subject, cell: ({ subject }) => <Foreign text={subject} /> },
        { title: t.issuer, cell: ({ issuer }) => <Foreign text={issuer} /> },
        { title: t.since, cell: ({ since }) => <Time at={since} /> },
      ]}
    />
  );
}

/** What is said of a person who is not there: perhaps it is another one by now. */
function Gone({ personId }: { personId: string }): JSX.Element {
  const { people: t } = texts.value;
  const { id } = organization.value!;
  const load = useLoad(`merged ${id} ${personId}`, () =>
    readRows(
      database.from("mcp_merges").select("*").eq("organization_id", id).eq("merged_user_id", personId)
        .is("taken_back_at", null).limit(1),
    ));
  return (
    <Loaded load={load} isEmpty={(merges) => merges.length === 0} empty={t.notFound}>
      {([merge]) => (
        <p class="notice">
          {t.wasMerged}{" "}
          <Link to={`/${id}/people/${encodeURIComponent(merge!.mcp_server_user_id)}`}>
            <bdi>{nameOf(merge!)}</bdi>
          </Link>
        </p>
      )}
    </Loaded>
  );
}
