create table account (id integer primary key, owner name default current_user);
alter table account enable row level security;
create function owns(who name) returns boolean language plpgsql stable as $$
begin
  return who = current_user or pg_has_role(who, 'member');
end
$$;
create policy mine on account using (owns(owner));
create function f() returns bigint language plpgsql as $$
begin
  set local row_security = on;
  return (select count(*) from account);
end
$$;
-- run
select f();
