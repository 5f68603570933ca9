create type mood as enum ('sad', 'ok', 'happy');
create function f(m mood) returns integer language plpgsql as $$
begin
  case m
    when 'sad' then
      return 1;
    when 'ok', 'fine' then -- fault: invalid input value for enum mood: "fine"
      return 2;
    else
      return 3;
  end case;
end
$$;
-- run
select f('ok');
