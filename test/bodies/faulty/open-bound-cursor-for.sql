create function f() returns refcursor language plpgsql as $$
declare
  c cursor for select 1;
begin
  open c for select 2; -- fault: syntax error at or near "for"
  return c;
end
$$;
-- run
select f();
