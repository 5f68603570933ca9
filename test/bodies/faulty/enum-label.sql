create type mood as enum ('sad', 'ok', 'happy');
create function f(m mood) returns boolean language plpgsql as $$
begin
  return m = 'glad'; -- fault['glad']: invalid input value for enum mood: "glad"
end
$$;
-- run
select f('ok');
