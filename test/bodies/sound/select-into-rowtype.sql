create table account (id integer primary key, name text, balance numeric);
create function f(who integer) returns account language plpgsql as $$
declare
  one account%rowtype;
  other public.account;
begin
  select * into one from account where id = who;
  select a.* into other from account a where a.id = who + 1;
  if other is null then
    one.balance := coalesce(one.balance, 0) + 1;
  end if;
  one.name := upper(one.name);
  return one;
end
$$;
-- run
select f(1);
