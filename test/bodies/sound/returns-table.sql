create table account (id integer primary key, name text, balance numeric);
create function f(lowest numeric default 0) returns table (id integer, name text, rank bigint) language plpgsql as $$
begin
  return query
  select a.id, a.name, rank() over (order by a.balance desc)
  from account a
  where a.balance >= lowest;
  if not found then
    id := 0;
    name := 'nobody';
    rank := null;
    return next;
  end if;
  for id, name in select a.id, a.name from account a loop
    rank := id;
    return next;
  end loop;
  return;
end
$$;
insert into account values (1, 'a', 2);
-- run
select * from f();
