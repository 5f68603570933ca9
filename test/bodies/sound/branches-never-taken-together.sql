create table account (id integer primary key, name text);
create function f(mode text) returns text language plpgsql as $$
declare
  one record;
begin
  if mode = 'a' then
    select id as x into one from account;
  elsif mode = 'b' then
    select name as y into one from account;
  end if;
  case mode
    when 'a' then
      return one.x;
    when 'b' then
      return one.y;
    else
      return null;
  end case;
end
$$;
-- run
select f('a'), f('b'), f('c');
