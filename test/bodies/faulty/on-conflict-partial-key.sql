create table account (id integer primary key, name text, gone boolean not null default false);
create unique index on account (name) where not gone;
create unique index on account (id, gone);
create function f(who integer, called text) returns void language plpgsql as $$
begin
  insert into account values (who, called)
  on conflict (name) -- fault[(]: there is no unique or exclusion constraint matching the ON CONFLICT specification
  do update set gone = false;
end
$$;
-- run
select f(1, 'a');
