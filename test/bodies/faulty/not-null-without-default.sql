create function f(n integer) returns integer language plpgsql as $$
declare
  a integer not null; -- fault: variable "a" must have a default value, since it's declared NOT NULL
begin
  a := n;
  return a;
end
$$;
-- run
select f(1);
