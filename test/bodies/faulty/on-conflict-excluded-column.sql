create table account (id integer primary key, name text);
create function f(who integer, called text) returns void language plpgsql as $$
begin
  insert into account values (who, called)
  on conflict (id) do update
  set name = excluded.title; -- fault[excluded.title]: column excluded.title does not exist
end
$$;
-- run
select f(1, 'a');
