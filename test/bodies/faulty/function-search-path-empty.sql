create table account (id integer primary key, name text);
create function f() returns bigint language plpgsql security definer set search_path = '' as $$
begin
  return (select count(*) from public.account) + (
    select count(*) from account); -- fault[account]: relation "account" does not exist
end
$$;
-- run
select f();
