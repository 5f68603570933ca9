create function f(j jsonb) returns jsonb language plpgsql as $$
begin
  return j
    || '{a: 1}'; -- fault['{a: 1}']: invalid input syntax for type json
end
$$;
-- run
select f('{}');
