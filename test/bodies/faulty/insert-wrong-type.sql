create table account (id integer primary key, opened date);
create function f(who integer) returns void language plpgsql as $$
begin
  insert into account (id, opened)
  values (who,
    who); -- fault[who]: column "opened" is of type date but expression is of type integer
end
$$;
-- run
select f(1);
