create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  called text;
begin
  select name
  into strct called -- fault: syntax error at or near "called" | "strct" is not a known variable
  from account;
  return called;
end
$$;
-- run
select f();
