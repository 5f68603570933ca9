create type mood as enum ('sad', 'ok');
create table person (id integer primary key, feels mood);
create function keep() returns trigger language plpgsql as $$
begin
  new.feels := 'fine'; -- fault: invalid input value for enum mood: "fine"
  return new;
end
$$;
create trigger keep before insert on person for each row execute function keep();
-- run
insert into person values (1, 'ok');
