create type pair as (a integer, b text);
create function f() returns setof pair language plpgsql as $$
declare
  p pair;
  q pair := row(2, 'b');
begin
  p := row(1, 'a');
  return next p;
  p := (3, 'c');
  return next p;
  return next q;
  return next row(4, 'd')::pair;
  p := null;
  return next p;
  select 5, 'e' into p;
  return next p;
  return;
end
$$;
-- run
select f();
