/**
 * The servers of the organization, to filter by.
 *
 * @module
 */

import type { JSX } from "preact";
import { database, readRows } from "../data/client.ts";
import { useLoad } from "../data/load.ts";
import { organization } from "../data/organizations.ts";
import { texts } from "../texts/texts.ts";
import { readFilter } from "./filters.tsx";
import { SelectField } from "./form.tsx";
import { Link } from "./link.tsx";

/** A server to choose. */
export interface ServerChoice {
  mcp_server_id: string;
  slug: string;
  auth_type: string;
}

/** The servers; none until they are read. */
export function useServers(): ServerChoice[] {
  const { id } = organization.value!;
  const load = useLoad(`server choice ${id}`, () =>
    readRows(
      database.from("mcp_server_settings").select("mcp_server_id,slug,auth_type").eq("organization_id", id)
        .order("slug"),
    ));
  return load.value ?? [];
}

/** The filter `server`. */
export function ServerField({ servers }: { servers: readonly ServerChoice[] }): JSX.Element {
  const { connections: t } = texts.value;
  return (
    <SelectField
      name="server"
      label={t.server}
      selected={readFilter("server") ?? ""}
      options={[
        ["", t.anyServer],
        ...servers.map(({ mcp_server_id, slug }) => [mcp_server_id, slug] as const),
      ]}
    />
  );
}

/** A link to a server; its id alone where it is no longer there. */
export function ServerLink(
  { server: { mcp_server_id: id, server } }: {
    server: { mcp_server_id: string | null; server: string | null };
  },
): JSX.Element {
  return server === null || id === null
    ? <>{id}</>
    : <Link to={`/${organization.value!.id}/servers/${encodeURIComponent(id)}`}>{server}</Link>;
}
