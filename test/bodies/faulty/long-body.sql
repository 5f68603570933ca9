create table account (id integer primary key, name text, balance numeric);
create function f(who integer) returns numeric language plpgsql as $$
declare
  one account;
  total numeric := 0;
begin
  -- 1
  select * into one from account where id = who;
  -- 2
  total := total + coalesce(one.balance, 0);
  -- 3
  update account set balance = balance where id = who;
  -- 4
  if total > 10 then
    total := total - 1;
  end if;

  /* 5
     6
     7 */

  for one in
    select *
    from account a
    where a.balance > total
      and a.name is not null
    order by a.name
  loop
    total := total
      + one.balance
      + (
        select coalesce(sum(b.balance), 0)
        from account b
        where b.id = one.id
          and b.nickname = one.name -- fault[b.nickname]: column b.nickname does not exist
      );
  end loop;
  return total;
end
$$;
insert into account values (1, 'a', 2), (2, 'b', 9);
-- run
select f(1);
