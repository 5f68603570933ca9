create function f() returns text language plpgsql security definer -- warning: definer-path
as $$
begin
  return current_user;
end
$$;
-- run
select f();
