create table account (id integer primary key, name text);
create function f(who name) returns integer language plpgsql as $$
declare
  n integer;
begin
  if exists (select from pg_roles where rolname = who) then
    select max(id) into n
    from account
    where nmae = who; -- fault[nmae]: column "nmae" does not exist
  end if;
  return n;
end
$$;
-- run
select f(current_user);
