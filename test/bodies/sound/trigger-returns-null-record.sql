create table account (id integer primary key, name text);
create function refuse() returns trigger language plpgsql as $$
declare
  keep record;
begin
  if new.name is null then
    return null;
  end if;
  keep := new;
  keep.name := keep.name || '!';
  new := keep;
  return keep;
end
$$;
create trigger refuse before insert on account for each row execute function refuse();
-- run
insert into account values (1, 'a'), (2, null);
