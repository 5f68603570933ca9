-- crlf
create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
declare
  called text;
begin
  if who is null then
    return null;
  end if;

  select nmae -- fault[nmae]: column "nmae" does not exist
  into called
  from account
  where id = who;
  return called;
end
$$;
-- run
select f(1);
