create table account (id integer primary key, name text);
create function f(n integer) returns integer language plpgsql as $$
begin
  if n > 10 then
    return 1;
  elsif exists (select from account where id = n and nam = 'a') then -- fault[nam]: column "nam" does not exist
    return 2;
  end if;
  return 3;
end
$$;
-- run
select f(1);
