create function f() returns void language sql as $$
  select 1;
  perform 1 -- fault[perform]: syntax error at or near "perform"
$$;
-- run
select f();
