create function f(name text) returns void language plpgsql as $$
begin
  execute format('create table if not exists %I (id bigint generated always as identity, at timestamptz not null default %L)', name, now());
  execute format('comment on table %I is %L', name, 'made by f');
  execute format('drop table %I', name);
end
$$;
-- run
select f('my table');
