create table account (id integer primary key, name text);
create function f() returns table (id integer, name text) language plpgsql as $$
begin
  return query
    select a.id, a.name
    from account a
    where id > 0; -- fault[id]: column reference "id" is ambiguous
end
$$;
-- run
select f();
