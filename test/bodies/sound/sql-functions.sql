create table account (id integer primary key, name text, balance numeric);
create function one(who integer) returns account language sql stable as $$ select * from account where id = who $$;
create function called(account) returns text language sql stable as $$ select $1.name $$;
create function all_of() returns setof account language sql as $$ select * from account; $$;
create function richest(n integer default 1) returns table (who integer, worth numeric) language sql as $$
  -- the first n
  select id, balance from account order by balance desc nulls last limit n
$$;
create function add(who integer, plus numeric) returns numeric language sql as $$
  update account set balance = coalesce(balance, 0) + add.plus where id = add.who;
  select balance from account where id = who;
$$;
create function gone(who integer) returns void language sql as $$
  delete from account where id = who
$$;
create function gone_name(who integer) returns text language sql as $$
  delete from account where id = $1 returning name;
$$;
create function half(a integer, b bigint) returns numeric language sql immutable as 'select (a + b) / 2.0';
create function two_of(in a integer, out b integer, out c text) language sql as $$ select a, 'x'::text $$;
create function nothing() returns void language sql as '';
create function atomic_one(who integer) returns text language sql begin atomic
  select name from account where id = who;
end;
create function returned(who integer) returns text language sql return (select name from account where id = who);
insert into account values (1, 'a', 2), (2, 'b', 3);
-- run
select one(1), called(a), add(1, 2) from account a;
select all_of(), richest(2), half(1, 2), (two_of(1)).c, atomic_one(1), returned(1);
select nothing();
select gone_name(2);
select gone(1);
