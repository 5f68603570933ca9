create type address as (street text, city text);
create function f() returns address language plpgsql as $$
declare
  home address;
begin
  home := 5; -- fault: malformed record literal: "5"
  return home;
end
$$;
-- run
select f();
