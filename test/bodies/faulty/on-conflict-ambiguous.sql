create table account (id integer primary key, name text);
create function f(who integer, called text) returns table (id integer) language plpgsql as $$
begin
  return query
  insert into account as a values (who, called)
  on conflict (id) -- fault[(id)]: column reference "id" is ambiguous
  do update set name = excluded.name
  returning a.id;
end
$$;
-- run
select f(1, 'a');
