create function f() returns text language plpgsql as $$
declare
  said text;
begin
  create type pg_temp.colour as enum ('red', 'green');
  select 'red'::pg_temp.colour::text into said;
  return said;
end
$$;
-- run
select f();
