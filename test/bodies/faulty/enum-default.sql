create type mood as enum ('sad', 'ok', 'happy');
create function f() returns mood language plpgsql as $$
declare
  feels mood default 'good'; -- fault: invalid input value for enum mood: "good"
begin
  return feels;
end
$$;
-- run
select f();
