create table account (id integer primary key, name text);
create function f(given anyelement) returns anyelement language plpgsql as $$
begin
  if given is not null then
    perform from account where nmae = given::text; -- fault[nmae]: column "nmae" does not exist
  end if;
  return given;
end
$$;
-- run
select f(1);
