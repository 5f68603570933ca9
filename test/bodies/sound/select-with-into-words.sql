create table account (id integer primary key, "into" text, name text);
create function f() returns text language plpgsql as $$
declare
  said text;
begin
  insert into account ("into", id) select 'into', 1;
  select "into" || ' into ' /* into nothing */ -- into nothing
    into said from account;
  insert into account as a values (1, 'x', 'y') on conflict (id) do update set name = 'z' where a.id = 1 returning a.name into said;
  with x as (select 1 as id) select name into said from account join x using (id);
  return said;
end
$$;
-- run
select f();
