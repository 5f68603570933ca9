create table account (id integer primary key, name text, slug text);
create function slugify() returns trigger language plpgsql as $$
begin
  if new.slug is null or new.nam is distinct from old.name then -- fault[new.nam]: record "new" has no field "nam"
    new.slug := lower(new.name);
  end if;
  return new;
end
$$;
create trigger slugify before update on account for each row execute function slugify();
insert into account values (1, 'a', 'a');
-- run
update account set name = 'B' where id = 1;
