create table account (id integer primary key, balance numeric default 0);
create procedure bump(inout n integer, by integer default 1) language plpgsql as $$
begin
  n := n + by;
end
$$;
create procedure two_of(a integer, out b integer, out c text) language plpgsql as $$
begin
  b := a;
  c := a::text;
end
$$;
create procedure batch(total integer) language plpgsql as $$
declare
  n integer := 0;
  m integer;
  said text;
begin
  for i in 1..total loop
    insert into account (id) values (i);
    if i % 2 = 0 then
      commit;
    end if;
  end loop;
  call bump(n);
  call bump(n, 5);
  call bump(by => 2, n => n);
  call two_of(n, m, said);
  insert into account (id) values (1000);
  rollback;
  insert into account (id, balance) values (1001, m + length(said));
  commit and chain;
  if n > 3 then
    return;
  end if;
end
$$;
create procedure in_loop() language plpgsql as $$
declare
  one record;
begin
  for one in select id from account order by id loop
    update account set balance = balance + 1 where id = one.id;
    commit;
  end loop;
end
$$;
-- run
call batch(4);
call in_loop();
