/**
 * The end users of an organization: found by name, address, id or the subject at their provider.
 *
 * @module
 */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import { database, readRows, type Row } from "../data/client.ts";
import { organization } from "../data/organizations.ts";
import { PAGE_ROWS, quote, usePage } from "../data/paging.ts";
import { describeFilters, Filters, isFiltered, readFilter, toSearch } from "../parts/filters.tsx";
import { Foreign, nameOf } from "../parts/foreign.tsx";
import { SelectField, TextField } from "../parts/form.tsx";
import { Link } from "../parts/link.tsx";
import { Page } from "../parts/page.tsx";
import { PersonBadges } from "../parts/person.tsx";
import { type Column, PagedTable } from "../parts/table.tsx";
import { Time } from "../parts/time.tsx";
import { texts } from "../texts/texts.ts";

const FILTERS = ["search", "kind"] as const;
const COLUMNS =
  "mcp_server_user_id,email,email_verified,name,auth_type,identities,first_seen_at,last_seen_at,blocked_at";

type Person = Pick<
  Row<"mcp_people">,
  | "mcp_server_user_id"
  | "email"
  | "email_verified"
  | "name"
  | "auth_type"
  | "identities"
  | "first_seen_at"
  | "last_seen_at"
  | "blocked_at"
>;

/** The page. */
export function PeoplePage(): JSX.Element {
  const { people: t, common } = texts.value;
  const { id } = organization.value!;
  const withSubject = useRef<string[]>([]);
  const load = usePage<Person>(
    `people ${id} ${describeFilters(FILTERS)}`,
    () => findPeople(id, withSubject.current),
    { column: "first_seen_at", key: "mcp_server_user_id" },
    {
      before: async () => {
        withSubject.current = await findBySubject(id, readFilter("search"));
      },
    },
  );
  const columns: Column<Person>[] = [
    {
      title: t.person,
      cell: (person) => (
        <>
          <Link to={`/${id}/people/${encodeURIComponent(person.mcp_server_user_id)}`}>
            <bdi>{nameOf(person)}</bdi>
          </Link>{" "}
          <PersonBadges person={person} />
        </>
      ),
    },
    { title: t.email, cell: ({ email }) => email === null ? "" : <Foreign text={email} /> },
    { title: t.subjects, cell: ({ identities }) => <Subjects identities={identities} /> },
    { title: t.firstSeen, cell: ({ first_seen_at }) => <Time at={first_seen_at} relative /> },
    { title: t.lastSeen, cell: ({ last_seen_at }) => <Time at={last_seen_at} relative /> },
  ];
  return (
    <Page title={t.title} intro={t.intro}>
      <Filters names={FILTERS}>
        <TextField name="search" type="search" label={t.search} hint={t.searchHint} spellcheck={false} />
        <SelectField
          name="kind"
          label={t.kind}
          selected={readFilter("kind") ?? ""}
          options={[["", t.everybody], ["known", t.known], ["visitors", t.visitors], [
            "blocked",
            t.blockedOnes,
          ]]}
        />
      </Filters>
      <PagedTable
        caption={t.title}
        load={load}
        columns={columns}
        rowKey={({ mcp_server_user_id }) => mcp_server_user_id}
        empty={isFiltered(FILTERS) ? common.nothingFound : t.none}
      />
    </Page>
  );
}

/** What a person is called by the providers. */
function Subjects({ identities }: { identities: Person["identities"] }): JSX.Element {
  const list = (Array.isArray(identities) ? identities : []) as { subject: string }[];
  return (
    <ul>
      {list.map(({ subject }, index) => (
        <li key={index}>
          <Foreign text={subject} />
        </li>
      ))}
    </ul>
  );
}

/** The ids of those whom a provider calls by a subject: a list of its own has an index, the people's has none. */
async function findBySubject(organizationId: string, subject: string | undefined): Promise<string[]> {
  if (subject === undefined) {
    return [];
  }
  const found = await readRows(
    database.from("mcp_server_user_identities").select("mcp_server_user_id").eq(
      "organization_id",
      organizationId,
    )
      .eq("subject", subject).limit(PAGE_ROWS),
  );
  return found.map(({ mcp_server_user_id }) => mcp_server_user_id);
}

function findPeople(organizationId: string, withSubject: readonly string[]): unknown {
  const [search, kind] = [readFilter("search"), readFilter("kind")];
  let query = database.from("mcp_people").select(COLUMNS).eq("organization_id", organizationId);
  if (search?.startsWith("mcpu_")) {
    query = query.eq("mcp_server_user_id", search);
  } else if (search !== undefined) {
    const byText = toSearch(search, { within: ["email", "name"] });
    query = query.or(
      withSubject.length === 0
        ? byText
        : `${byText},mcp_server_user_id.in.(${withSubject.map(quote).join(",")})`,
    );
  }
  switch (kind) {
    case "known":
      return query.neq("auth_type", "none");
    case "visitors":
      return query.eq("auth_type", "none");
    case "blocked":
      return query.not("blocked_at", "is", null);
    default:
      return query;
  }
}
