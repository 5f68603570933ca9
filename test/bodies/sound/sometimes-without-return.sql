create function f(a integer) returns integer language plpgsql as $$
begin
  if a > 0 then
    return 1;
  end if;
  perform g();
end
$$;
create function g() returns void language plpgsql as $$
begin
  raise exception 'refused';
end
$$;
-- run
select f(1);
