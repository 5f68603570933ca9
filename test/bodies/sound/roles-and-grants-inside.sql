create table account (id integer primary key, name text);
create function f(who name) returns void language plpgsql as $$
begin
  grant select on account to public;
  revoke all on account from public;
  execute format('grant select on account to %I', who);
  alter table account owner to current_user;
  set local role none;
  comment on column account.name is 'its name';
end
$$;
-- run
select f(current_user);
