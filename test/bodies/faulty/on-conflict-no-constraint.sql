create table account (id integer primary key, name text);
create function f(who integer, called text) returns void language plpgsql as $$
begin
  insert into account values (who, called) on conflict (name) do nothing; -- fault: there is no unique or exclusion constraint matching the ON CONFLICT specification
end
$$;
-- run
select f(1, 'a');
