create table account (id integer primary key, name text);
create function f() returns integer language plpgsql as $$
declare
  one account%rowtype;
  n integer := 0;
begin
  for one in
    select a.*
    from account a
    order by a.nome -- fault[a.nome]: column a.nome does not exist
  loop
    n := n + one.id;
  end loop;
  return n;
end
$$;
-- run
select f();
