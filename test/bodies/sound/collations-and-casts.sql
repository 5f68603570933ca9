create collation if not exists "simple" from "C";
create table account (id integer primary key, name text collate "simple");
create function f(a text) returns boolean language plpgsql as $$
declare
  b text collate "C" := a;
  c varchar(10) collate "simple";
begin
  select name into c from account order by name collate "C" limit 1;
  return b < a collate "simple" or c > b::varchar(3) or a::bytea = '\x00'::bytea;
end
$$;
-- run
select f('a');
