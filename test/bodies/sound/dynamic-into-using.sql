create table account (id integer primary key, name text);
create function f(tab text, col text, who integer) returns text language plpgsql as $$
declare
  said text;
  n bigint;
begin
  execute format('select %I from %I where id = $1', col, tab) into said using who;
  execute 'select count(*) from ' || quote_ident(tab) || ' where id > $1' using who - 1 into n;
  execute 'update account set name = $2 where id = $1' using who, said || n;
  return said;
end
$$;
insert into account values (1, 'a');
-- run
select f('account', 'name', 1);
