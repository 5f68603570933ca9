create table account (id integer primary key, balance numeric default 0);
create procedure transfer(a integer, b integer, amount numeric) language sql as $$
  update account set balance = balance - amount where id = a;
  update account set balance = balance + amount where id = b;
$$;
create procedure atomic_one(a integer) language sql begin atomic;
  update account set balance = 0 where id = a;
end;
create function f() returns void language plpgsql as $$
begin
  call transfer(1, 2, 3);
  call atomic_one(1);
end
$$;
-- run
select f();
