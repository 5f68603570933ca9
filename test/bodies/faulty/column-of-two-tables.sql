create table account (id integer primary key, name text);
create table payment (id integer primary key, account_id integer);
create function f() returns bigint language plpgsql as $$
begin
  return (select count(*)
    from account a join payment p on p.account_id = a.id
    where id > 1); -- fault[id]: column reference "id" is ambiguous
end
$$;
-- run
select f();
