create table account (id integer primary key, name text);
create function f(n integer) returns bigint language plpgsql as $$
begin
  create temp table chosen on commit drop as select id from account where id > n;
  create table if not exists kept as select n as lowest;
  return (select count(*) from chosen) + (select count(*) from kept);
end
$$;
-- run
select f(1);
