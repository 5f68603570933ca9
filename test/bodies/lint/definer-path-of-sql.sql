-- miss: nothing is said: definer-path
create function f() returns name language sql security definer as $$ -- warning: definer-path
  select current_user
$$;
-- run
select f();
