create table account (id integer primary key, name text);
create function f(n integer) returns text language plpgsql as $$
declare
  one record;
begin
  case n
    when 1 then
      perform nothing(1); -- fault[nothing]: function nothing(integer) does not exist
    when 2 then
      insert into account (id, nmae) values (1, 'a'); -- fault[nmae]: column "nmae" of relation "account" does not exist
    when 3 then
      for one in select id from account loop
        return one.name; -- fault[one.name]: record "one" has no field "name"
      end loop;
    when 4 then
      return upper(n); -- fault[upper]: function upper(integer) does not exist
    else
      raise exception 'a %', b; -- fault[b]: column "b" does not exist
  end case;
  return null;
end
$$;
insert into account values (1, 'a');
-- run
select f(1);
select f(2);
select f(3);
select f(4);
select f(5);
