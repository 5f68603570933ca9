create table account (id integer primary key, name text);
create function f() returns bigint language plpgsql as $$
begin
  return (select count(*) -- or here
    from account -- or here
    join account on true); -- fault: table name "account" specified more than once
end
$$;
-- run
select f();
