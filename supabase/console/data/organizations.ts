/**
 * The organizations of whoever is signed in, and the one that the page is about.
 *
 * @module
 */

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { address } from "../router.ts";
import { database, readRows, type Row } from "./client.ts";

/** An organization, and what the reader is in it. */
export interface Organization {
  id: string;
  name: string;
  role: "owner" | "admin" | "member";
  auditRetentionDays: number;
  callRetentionDays: number;
  /** Another one with each logo; null where there is none. */
  logoVersion: string | null;
}

/** The reader's organizations; undefined until they are read. */
export const organizations: Signal<Organization[] | undefined> = signal(undefined);

/** The organization that the URL names, if it is the reader's. */
export const organization: ReadonlySignal<Organization | undefined> = computed(() => {
  const id = address.value.path.split("/")[1];
  return organizations.value?.find((candidate) => candidate.id === id);
});

/** Whether the reader may change things: owners and admins may, members read. */
export const mayManage: ReadonlySignal<boolean> = computed(() =>
  organization.value !== undefined && organization.value.role !== "member"
);

/** Whether the reader is an owner. */
export const isOwner: ReadonlySignal<boolean> = computed(() => organization.value?.role === "owner");

/** Reads them again, such as after one was founded. */
export async function reloadOrganizations(): Promise<void> {
  const rows = await readRows(
    database.from("mcp_organizations").select(
      "organization_id,name,own_role,audit_retention_days,call_retention_days,logo_version",
    ).order(
      "name",
    ),
  );
  organizations.value = (rows as Row<"mcp_organizations">[]).map((row) => ({
    id: String(row.organization_id),
    name: String(row.name),
    role: row.own_role as Organization["role"],
    auditRetentionDays: Number(row.audit_retention_days),
    callRetentionDays: Number(row.call_retention_days),
    logoVersion: row.logo_version,
  }));
}
