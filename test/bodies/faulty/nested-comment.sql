create function f(a integer) returns integer language plpgsql as $$
begin
  /* if a then /* nested; end if; */
     return b; */ return a
  + b; -- fault[b]: column "b" does not exist
end
$$;
-- run
select f(1);
