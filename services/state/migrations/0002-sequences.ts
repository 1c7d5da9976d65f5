/**
 * What calls are judged by: runs, and the steps of each sequence, chained by digests. An entry may carry a condition,
 * which is looked at under the lock of the log, so that nobody comes between the judgement and its record.
 */
export const sequences = `
create table firepit.runs (
  id text primary key,
  agent text not null,
  issuer text not null,
  subject text not null,
  groups text[] not null,
  opened bigint not null,
  expires bigint not null check (expires > opened),
  state text not null default 'open' check (state in ('open', 'paused', 'stopped')),
  turned bigint
);
-- Index of the entry that says so: who reads by it misses no change, because the log has one order.
create index runs_turned on firepit.runs (turned) where turned is not null;
create index runs_expires on firepit.runs (expires);

create table firepit.steps (
  sequence text not null,
  index bigint not null,
  at bigint not null,
  taint text[] not null,
  body text,
  head bytea not null check (octet_length(head) = 32),
  primary key (sequence, index)
);
create index steps_at on firepit.steps (sequence, at);

drop function firepit.append(uuid[], text[], text[], uuid[], text, text[], text[], text[]);

-- Answers an index or a refusal for each entry. An entry that is there already was accepted, whatever is true now.
create function firepit.append(
  ids uuid[], kinds text[], runs text[], decisions uuid[], lines text,
  conditional boolean[], judged text[], heads text[],
  step_owners integer[], step_sequences text[], step_times bigint[], step_taints text[], step_bodies text[],
  body_owners integer[], commitments text[], salts text[], contents text[]
) returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
declare
  texts text[] := string_to_array(lines, e'\\n');
  next bigint;
  kept record;
  last record;
  found_state text;
  found_head text;
  fresh integer[] := '{}';
  answers text[] := '{}';
  step integer := 1;
begin
  if cardinality(ids) <> cardinality(texts) then
    raise exception 'as many ids as entries' using errcode = 'invalid_parameter_value';
  end if;
  select size into strict next from firepit.log for update;
  for n in 1 .. cardinality(ids) loop
    select index, entry into kept from firepit.entries where id = ids[n];
    if found then
      if kept.entry <> texts[n] then
        raise exception 'an entry with this id is there, and says something else' using errcode = 'unique_violation';
      end if;
      answers := answers || kept.index::text;
      continue;
    end if;
    if conditional[n] and runs[n] is not null then
      found_state := null;
      select r.state into found_state from firepit.runs as r where r.id = runs[n];
      if found_state is distinct from 'open' then
        answers := answers || ('run-' || coalesce(found_state, 'unknown'));
        continue;
      end if;
    end if;
    if judged[n] is not null then
      found_head := null;
      select encode(head, 'hex') into found_head from firepit.steps
        where sequence = judged[n] order by index desc limit 1;
      if coalesce(found_head, '') is distinct from heads[n] then
        answers := answers || 'moved'::text;
        continue;
      end if;
    end if;
    insert into firepit.entries (index, id, kind, run, decision, entry)
      values (next, ids[n], kinds[n], runs[n], decisions[n], texts[n]);
    while step_owners[step] < n loop
      step := step + 1;
    end loop;
    while step_owners[step] = n loop
      select head, taint into last from firepit.steps
        where sequence = step_sequences[step] order by index desc limit 1;
      insert into firepit.steps (sequence, index, at, taint, body, head) values (
        step_sequences[step], next, step_times[step],
        array(select unnest(last.taint) union select unnest(string_to_array(step_taints[step], ' ')) order by 1),
        step_bodies[step],
        sha256(coalesce(last.head, ''::bytea) || convert_to(texts[n], 'UTF8'))
      );
      step := step + 1;
    end loop;
    fresh := fresh || n;
    answers := answers || next::text;
    next := next + 1;
  end loop;
  if cardinality(fresh) > 0 then
    update firepit.log set size = next;
    insert into firepit.bodies (commitment, salt, body)
      select given.commitment, decode(given.salt, 'base64'), decode(given.content, 'base64')
      from unnest(body_owners, commitments, salts, contents) as given (owner, commitment, salt, content)
      where given.owner = any (fresh)
      on conflict do nothing;
  end if;
  return array_to_string(answers, ',');
end $body$;

create function firepit.say(id uuid, run text, line text) returns bigint
language sql security definer set search_path = pg_catalog, pg_temp as $body$
  select firepit.append(
    array[id], array['event'], array[run], array[null]::uuid[], line, array[false], array[null]::text[], array[null]::text[],
    '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'
  )::bigint
$body$;

create function firepit.open_run(
  given text, agent text, issuer text, subject text, groups text[], opened bigint, expires bigint, entry uuid, line text
) returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
begin
  perform firepit.say(entry, given, line);
  insert into firepit.runs (id, agent, issuer, subject, groups, opened, expires)
    values (given, agent, issuer, subject, groups, opened, expires)
    on conflict (id) do nothing;
end $body$;

-- Answers the state that the run has from now on, and null where there is no such run.
create function firepit.turn_run(given text, target text, origins text[], entry uuid, line text) returns text
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
declare
  now_is text;
begin
  perform from firepit.log for update;
  select state into now_is from firepit.runs where id = given;
  if not now_is = any (origins) or now_is is null then
    return now_is;
  end if;
  update firepit.runs set state = target, turned = firepit.say(entry, given, line) where id = given;
  return target;
end $body$;

create function firepit.expire_runs(before bigint) returns bigint
language plpgsql security definer set search_path = pg_catalog, pg_temp as $body$
declare
  gone bigint;
begin
  perform from firepit.log for update;
  with expired as (delete from firepit.runs where expires < before returning 'run:' || id as sequence),
    steps as (delete from firepit.steps using expired where firepit.steps.sequence = expired.sequence)
    select count(*) into gone from expired;
  return gone;
end $body$;

revoke all on function firepit.append, firepit.say, firepit.open_run, firepit.turn_run, firepit.expire_runs from public;
grant select on firepit.runs, firepit.steps to {writer};
grant execute on function firepit.append to {writer}, {eraser};
grant execute on function firepit.open_run, firepit.turn_run, firepit.expire_runs to {writer};
`;
