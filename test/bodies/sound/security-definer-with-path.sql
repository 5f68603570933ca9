create schema app;
create table app.account (id integer primary key, name text);
create function app.f() returns bigint language plpgsql security definer set search_path from current as $$
begin
  return (select count(*) from app.account);
end
$$;
create function app.g() returns bigint language sql security definer set search_path = app, pg_temp as $$
  select count(*) from account
$$;
create procedure app.p() language plpgsql security definer set search_path to 'app', 'pg_temp' as $$
begin
  delete from account;
end
$$;
-- run
select app.f(), app.g();
call app.p();
