create domain name_part as text check (length(value) <= 5);
create domain slug as name_part check (value ~ '^[a-z-]+$');
create function f() returns slug language plpgsql as $$
declare
  part slug := 'much-too-long'; -- fault: value for domain slug violates check constraint "name_part_check"
begin
  return part;
end
$$;
create function g() returns slug language plpgsql as $$
begin
  return 'A'; -- fault: value for domain slug violates check constraint "slug_check"
end
$$;
-- run
select f();
select g();
