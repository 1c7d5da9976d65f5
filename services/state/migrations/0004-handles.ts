/**
 * Handles of a run that were given to agents which another agent asked: each leads to the run of the person's question,
 * and says for whom it is good and through whom it came. It goes with its run.
 */
export const handles = `
create table firepit.handles (
  id text primary key,
  run text not null references firepit.runs on delete cascade,
  agent text not null,
  through text[] not null check (cardinality(through) > 0)
);
create index handles_run on firepit.handles (run);

create function firepit.hand_run(given text, run text, agent text, through text[]) returns void
language sql security definer set search_path = pg_catalog, pg_temp as $body$
  insert into firepit.handles (id, run, agent, through) values (given, run, agent, through)
$body$;

revoke all on function firepit.hand_run from public;
grant select on firepit.handles to {writer};
grant execute on function firepit.hand_run to {writer};
`;
