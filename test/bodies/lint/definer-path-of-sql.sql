create function f() returns name language sql security definer -- warning: definer-path
as $$
  select current_user
$$;
-- run
select f();
