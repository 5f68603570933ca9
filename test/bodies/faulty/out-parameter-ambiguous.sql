create table account (id integer primary key, name text);
create function f(who integer, out name text) language plpgsql as $$
begin
  select name into f.name from account where id = who; -- fault[name]: column reference "name" is ambiguous
end
$$;
-- run
select f(1);
