create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
begin
  select name
  into called -- fault[called]: "called" is not a known variable
  from account where id = who;
  return 'x';
end
$$;
-- run
select f(1);
