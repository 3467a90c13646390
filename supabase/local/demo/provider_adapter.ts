/**
 * Keeps the tokens of the demo provider in its own database, so that they are
 * still valid after a restart of the stack.
 *
 * @module
 */

import type { Database } from "../database/connect.ts";

/** What `oidc-provider` stores. */
type Payload = { uid?: string; userCode?: string; grantId?: string; [name: string]: unknown };

/** The interface that `oidc-provider` needs. */
interface Adapter {
  upsert(id: string, payload: Payload, expiresIn?: number): Promise<void>;
  find(id: string): Promise<Payload | undefined>;
  findByUid(uid: string): Promise<Payload | undefined>;
  findByUserCode(userCode: string): Promise<Payload | undefined>;
  consume(id: string): Promise<void>;
  destroy(id: string): Promise<void>;
  revokeByGrantId(grantId: string): Promise<void>;
}

/** Makes the table if it does not exist, and deletes the expired entries. */
export async function makeTables(database: Database): Promise<void> {
  await database
    .unsafe(
      `
    create table if not exists provider_entries (
      model text not null,
      id text not null,
      payload jsonb not null,
      uid text,
      grant_id text,
      consumed_at timestamptz,
      expires_at timestamptz,
      primary key (model, id)
    );
    create index if not exists provider_entries_by_uid
      on provider_entries (model, uid);
    create index if not exists provider_entries_by_grant
      on provider_entries (model, grant_id);
    delete from provider_entries where expires_at < now();
  `,
    )
    .simple();
}

/** Builds the adapter of each model. All models share one table. */
export function buildPostgresAdapter(database: Database): (model: string) => Adapter {
  return (model) => ({
    async upsert(id, payload, expiresIn): Promise<void> {
      const expiresAt = expiresIn === undefined ? null : new Date(Date.now() + expiresIn * 1000);
      await database`
        insert into provider_entries
          (model, id, payload, uid, grant_id, expires_at)
        values (
          ${model}, ${id}, ${database.json(payload as never)},
          ${payload.uid ?? null}, ${payload.grantId ?? null}, ${expiresAt}
        )
        on conflict (model, id) do update set
          payload = excluded.payload, uid = excluded.uid,
          grant_id = excluded.grant_id, expires_at = excluded.expires_at`;
    },
    find: (id) => findBy(database, model, "id", id),
    findByUid: (uid) => findBy(database, model, "uid", uid),
    // Only the device flow uses this, and it is switched off.
    findByUserCode: () => Promise.resolve(undefined),
    async consume(id): Promise<void> {
      await database`
        update provider_entries set consumed_at = now()
        where model = ${model} and id = ${id}`;
    },
    async destroy(id): Promise<void> {
      await database`
        delete from provider_entries where model = ${model} and id = ${id}`;
    },
    async revokeByGrantId(grantId): Promise<void> {
      await database`
        delete from provider_entries
        where model = ${model} and grant_id = ${grantId}`;
    },
  });
}

async function findBy(
  database: Database,
  model: string,
  column: "id" | "uid",
  value: string,
): Promise<Payload | undefined> {
  const [row] = await database`
    select payload, extract(epoch from consumed_at)::float8 as consumed
    from provider_entries
    where model = ${model} and ${database(column)} = ${value}
      and (expires_at is null or expires_at > now())`;
  if (row === undefined) {
    return undefined;
  }
  const consumed = row.consumed === null ? {} : { consumed: row.consumed };
  return { ...row.payload, ...consumed };
}
