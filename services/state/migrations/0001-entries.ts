/**
 * Entries, in one gapless order that is also the order of the log, and bodies apart from them. What writes is a
 * function that holds the row of the log until it commits: an index is given once, and never to an entry that a reader
 * at a higher index could have missed.
 */
export const entries = `
create table firepit.log (
  one boolean primary key default true check (one),
  size bigint not null check (size >= 0)
);
insert into firepit.log (size) values (0);

create table firepit.entries (
  index bigint primary key,
  id uuid not null unique,
  kind text not null,
  run text,
  decision uuid,
  entry text not null check (octet_length(entry) between 2 and 65535)
);
create index entries_run on firepit.entries (run, index) where run is not null;
create index entries_decision on firepit.entries (decision) where decision is not null;

create table firepit.bodies (
  commitment text primary key check (commitment ~ '^sha256:[0-9a-f]{64}$'),
  salt bytea not null check (octet_length(salt) = 32),
  body bytea not null
);

create function firepit.unchangeable() returns trigger language plpgsql as $body$
begin
  raise exception 'entries are never changed or removed' using errcode = 'insufficient_privilege';
end $body$;
create trigger unchangeable before update or delete or truncate on firepit.entries
  for each statement execute function firepit.unchangeable();

-- Entries come as lines, because canonical JSON holds no raw line feed. What is there already stays where it is.
create function firepit.append(
  ids uuid[], kinds text[], runs text[], decisions uuid[], lines text,
  commitments text[], salts text[], contents text[]
) returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
declare
  first bigint;
  fresh bigint;
begin
  select size into strict first from firepit.log for update;
  if cardinality(ids) <> cardinality(string_to_array(lines, e'\\n')) then
    raise exception 'as many ids as entries' using errcode = 'invalid_parameter_value';
  end if;
  if exists (
    select from unnest(ids, string_to_array(lines, e'\\n')) as given (id, entry)
    join firepit.entries as kept using (id) where kept.entry <> given.entry
  ) then
    raise exception 'an entry with this id is there, and says something else' using errcode = 'unique_violation';
  end if;
  insert into firepit.entries (index, id, kind, run, decision, entry)
    select first + row_number() over (order by given.n) - 1, given.id, given.kind, given.run, given.decision, given.entry
    from unnest(ids, kinds, runs, decisions, string_to_array(lines, e'\\n')) with ordinality
      as given (id, kind, run, decision, entry, n)
    where not exists (select from firepit.entries as kept where kept.id = given.id);
  get diagnostics fresh = row_count;
  update firepit.log set size = first + fresh;
  insert into firepit.bodies (commitment, salt, body)
    select given.commitment, decode(given.salt, 'base64'), decode(given.content, 'base64')
    from unnest(commitments, salts, contents) as given (commitment, salt, content)
    on conflict do nothing;
  return (
    select string_agg(kept.index::text, ',' order by given.n)
    from unnest(ids) with ordinality as given (id, n) join firepit.entries as kept using (id)
  );
end $body$;

create function firepit.erase(given text) returns boolean
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  delete from firepit.bodies where commitment = given;
  return found;
end $body$;

revoke all on function firepit.append, firepit.erase from public;
grant usage on schema firepit to {writer}, {reader}, {eraser};
grant select on firepit.entries, firepit.log to {writer}, {reader};
grant select on firepit.bodies to {writer}, {reader};
grant execute on function firepit.append to {writer}, {eraser};
grant execute on function firepit.erase to {eraser};
`;
