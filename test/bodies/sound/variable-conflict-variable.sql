create table account (id integer primary key, name text);
create function f(id integer, name text) returns bigint language plpgsql as $$
#variable_conflict use_variable
declare
  n bigint;
begin
  select count(*) into n from account a where a.id = id and a.name = name;
  return n;
end
$$;
-- run
select f(1, 'a');
