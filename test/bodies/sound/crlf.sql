-- crlf
create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
declare
  called text;
begin
  -- a comment
  select name
  into called
  from account
  where id = who;

  if called is null then
    return 'two
lines';
  end if;
  return called;
end
$$;
create function g() returns bigint language sql as $$
  select count(*)
  from account
$$;
-- run
select f(1), g();
