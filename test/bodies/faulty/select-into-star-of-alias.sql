create table account (id integer primary key, name text);
create function f() returns setof account language plpgsql as $$
declare
  one record;
begin
  for one in select
    x.* -- fault[x.*]: missing FROM-clause entry for table "x"
    from account a
  loop
    return next one;
  end loop;
end
$$;
-- run
select f();
