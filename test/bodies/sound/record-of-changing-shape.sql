create table account (id integer primary key, name text);
create table payment (amount numeric, at date);
create function f(which text) returns text language plpgsql as $$
declare
  one record;
begin
  if which = 'account' then
    select id, name into one from account limit 1;
    return one.name;
  else
    select amount, at into one from payment limit 1;
    return one.amount || ' ' || one.at;
  end if;
end
$$;
-- run
select f('account'), f('payment');
