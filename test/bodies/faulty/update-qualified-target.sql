create table account (id integer primary key, name text, balance numeric);
create function f(who integer, plus numeric) returns void language plpgsql as $$
begin
  update account a
  set a.balance = balance + plus -- fault[a.balance]: column "a" of relation "account" does not exist
  where id = who;
end
$$;
-- run
select f(1, 2);
