create table hit (at timestamptz);
create function f(n integer) returns integer language plpgsql stable as $$
begin
  if n > 1 then
    insert into hit values (now()); -- warning: immutable
  end if;
  return n;
end
$$;
-- run
select f(1);
