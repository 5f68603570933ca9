create function f() returns text language plpgsql as $$
declare
  said text;
begin
  begin
    perform audit.note('x');
    said := 'noted';
  exception
    when invalid_schema_name or undefined_function then
      said := 'not noted';
  end;
  begin
    select title into said from information_schema.tables limit 1;
  exception
    when undefined_column then
      said := said || '!';
  end;
  return said;
end
$$;
-- run
select f();
