create function f() returns void language plpgsql as $$
begin
  perform select 1; -- fault[select]: syntax error at or near "select"
end
$$;
-- run
select f();
