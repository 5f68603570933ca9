create table account (id integer primary key, name text);
create function f(a integer) returns integer language plpgsql as $$
begin
  assert (select count(*) from account where ident = a) = 0, 'is there already'; -- fault[ident]: column "ident" does not exist
  return a;
end
$$;
-- run
select f(1);
