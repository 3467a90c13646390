// deno-lint-ignore-file explicit-function-return-type
/**
 * The adapter of `oidc-provider` to PostgreSQL, with statements that are prepared once a connection.
 *
 * @module
 */

/** Makes the one table of all models. */
export async function makeTables(pool) {
  await pool.query(`
    create table entries (
      model text not null,
      id text not null,
      payload jsonb not null,
      uid text,
      user_code text,
      grant_id text,
      consumed_at timestamptz,
      expires_at timestamptz,
      primary key (model, id)
    );
    create index entries_by_uid on entries (uid) where uid is not null;
    create index entries_by_user_code on entries (user_code) where user_code is not null;
    create index entries_by_grant on entries (grant_id) where grant_id is not null;`);
}

/** Builds the adapter of each model. */
export function buildAdapter(pool) {
  const ask = (name, text, values) => pool.query({ name, text, values });
  const findBy = async (column, model, value) => {
    const { rows: [row] } = await ask(
      `find by ${column}`,
      `select payload, extract(epoch from consumed_at)::float8 as consumed from entries
       where model = $1 and ${column} = $2 and (expires_at is null or expires_at > now())`,
      [model, value],
    );
    return row && { ...row.payload, ...row.consumed === null ? {} : { consumed: row.consumed } };
  };
  return (model) => ({
    upsert: (id, payload, expiresIn) =>
      ask(
        "upsert",
        `insert into entries (model, id, payload, uid, user_code, grant_id, expires_at)
         values ($1, $2, $3, $4, $5, $6, now() + $7::float8 * interval '1 second')
         on conflict (model, id) do update set payload = excluded.payload, uid = excluded.uid,
           user_code = excluded.user_code, grant_id = excluded.grant_id, expires_at = excluded.expires_at`,
        [model, id, payload, payload.uid, payload.userCode, payload.grantId, expiresIn ?? null],
      ),
    find: (id) => findBy("id", model, id),
    findByUid: (uid) => findBy("uid", model, uid),
    findByUserCode: (code) => findBy("user_code", model, code),
    consume: (id) =>
      ask("consume", "update entries set consumed_at = now() where model = $1 and id = $2", [model, id]),
    destroy: (id) => ask("destroy", "delete from entries where model = $1 and id = $2", [model, id]),
    revokeByGrantId: (grantId) =>
      ask("revoke", "delete from entries where model = $1 and grant_id = $2", [model, grantId]),
  });
}
