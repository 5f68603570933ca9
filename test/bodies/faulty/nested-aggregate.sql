create table account (id integer primary key, name text);
create function f() returns bigint language plpgsql as $$
begin
  return (select max(count(*)) -- fault[count]: aggregate function calls cannot be nested
    from account group by name);
end
$$;
-- run
select f();
