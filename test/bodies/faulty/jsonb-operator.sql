create function f(j json) returns boolean language plpgsql as $$
begin
  return j @> '{"a": 1}'; -- fault[@>]: operator does not exist: json @> unknown
end
$$;
-- run
select f('{}');
