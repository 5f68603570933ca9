create table account (id integer primary key, name text);
create table archived (id integer primary key, closed date, name text);
create function f() returns account language plpgsql as $$
declare
  one archived;
begin
  select * into one from archived limit 1;
  return one; -- fault: returned record type does not match expected record type
end
$$;
insert into archived values (1, '2026-01-01', 'a');
-- run
select f();
