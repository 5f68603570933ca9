create type mood as enum ('sad', 'ok', 'happy');
create table person (name text, feels mood);
create function f(who text) returns void language plpgsql as $$
begin
  insert into person (name, feels)
  values (who,
    'Happy'); -- fault['Happy']: invalid input value for enum mood: "Happy"
end
$$;
-- run
select f('a');
