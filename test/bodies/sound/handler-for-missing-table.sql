create function f() returns integer language plpgsql as $$
declare
  n integer;
begin
  begin
    select count(*) into n from perhaps_absent;
  exception
    when undefined_table then
      n := -1;
  end;
  return n;
end
$$;
create function g() returns integer language plpgsql as $$
begin
  return absent_function(1);
exception
  when undefined_function or undefined_column then
    return 0;
end
$$;
-- run
select f(), g();
