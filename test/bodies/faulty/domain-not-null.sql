create domain required as text not null;
create function f() returns text language plpgsql as $$
declare
  called required; -- fault: domain required does not allow null values
begin
  return called;
end
$$;
-- run
select f();
