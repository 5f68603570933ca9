create type mood as enum ('sad', 'ok', 'happy');
create table person (name text, feels mood default 'ok');
create function f(m mood, word text) returns mood language plpgsql as $$
declare
  best mood := 'happy';
  from_text mood := word;
begin
  insert into person values ('a', 'sad'), ('b', m), ('c', word::mood);
  case m
    when 'sad' then
      return 'ok';
    when 'ok', 'happy' then
      best := 'sad';
  end case;
  if m > 'sad' and m in ('ok', 'happy') then
    return (enum_range(null::mood))[1];
  end if;
  return greatest(best, from_text);
end
$$;
-- run
select f('ok', 'happy');
