create table account (id integer primary key, name varchar(30), tags text[]);
create function f(who account.id%type) returns account.name%type language plpgsql as $$
declare
  called account.name%type;
  again called%type;
  tags public.account.tags%type := '{}';
begin
  select name into called from account where id = who;
  again := called;
  tags := tags || again::text;
  return tags[1];
end
$$;
-- run
select f(1);
