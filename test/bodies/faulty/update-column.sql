create table account (id integer primary key, name text, balance numeric);
create function f(who integer, plus numeric) returns void language plpgsql as $$
begin
  update account
  set name = upper(name),
      ballance = balance + plus -- fault[ballance]: column "ballance" of relation "account" does not exist
  where id = who;
end
$$;
-- run
select f(1, 2);
