create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as $$
begin
  insert into account (id, nmae) values (who, 'x'); -- fault[nmae]: column "nmae" of relation "account" does not exist
  return 'made';
exception
  when unique_violation or foreign_key_violation or not_null_violation then
    return 'not made';
end
$$;
-- run
select f(1);
