create function f() returns void language plpgsql as $$
begin
end
$$;
create function g(a integer) returns void language plpgsql as $$
declare
begin
  if a is null then
    null;
  else
    return;
  end if;
  begin
  end;
  <<lonely>>
  begin
    exit lonely;
  end;
end;
$$;
-- run
select f(), g(1), g(null);
