create function f(a integer) returns integer language plpgsql as $$
begin
  raise exception 'negative' using
    detail = 'it is ' || a,
    hint = 'not ' || helpful; -- fault[helpful]: column "helpful" does not exist
end
$$;
-- run
select f(1);
