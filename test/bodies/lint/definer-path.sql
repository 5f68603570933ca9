-- miss: nothing is said: definer-path
create function f() returns text language plpgsql security definer as $$ -- warning: definer-path
begin
  return current_user;
end
$$;
-- run
select f();
