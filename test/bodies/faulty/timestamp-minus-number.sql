create table account (id integer primary key, opened timestamptz);
create function f() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  select count(*) into n
  from account
  where opened > now() - 7; -- fault[-]: operator does not exist: timestamp with time zone - integer
  return n;
end
$$;
-- run
select f();
