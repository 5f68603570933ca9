create function f() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  perform count(*) into n from pg_class; -- fault: query is SELECT INTO, but it should be plain SELECT | syntax error
  return n;
end
$$;
-- run
select f();
