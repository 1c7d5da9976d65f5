/**
 * What servers showed last of each tool operation, by the digest of its definition: a call is held against it. A change
 * is there together with the entry that says so.
 */
export const tools = `
create table firepit.tools (
  name text primary key,
  digest text not null check (digest ~ '^sha256:[0-9a-f]{64}$')
);

create function firepit.show_tools(names text[], digests text[], decisions uuid[], ids uuid[], lines text) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
declare
  many constant integer[] := array[cardinality(ids)];
begin
  perform firepit.append(
    ids, array_fill('event'::text, many), array_fill(null::text, many), decisions, lines,
    array_fill(false, many), array_fill(null::text, many), array_fill(null::text, many),
    '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'
  );
  insert into firepit.tools (name, digest) select given.name, given.digest from unnest(names, digests) as given (name, digest)
    on conflict (name) do update set digest = excluded.digest;
end $body$;

revoke all on function firepit.show_tools from public;
grant select on firepit.tools to {writer};
grant execute on function firepit.show_tools to {writer};
`;
