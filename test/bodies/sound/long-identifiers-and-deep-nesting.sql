create table account (id integer primary key, a_very_long_name_that_is_sixty_three_characters_in_length_exactly_x text);
create function f(n integer) returns integer language plpgsql as $$
begin
  begin
    begin
      if n > 0 then
        if n > 1 then
          for i in 1..n loop
            while n > 1 loop
              begin
                case when n = 2 then
                  case n when 2 then
                    n := n - 1;
                  end case;
                else
                  n := n - 1;
                end case;
              end;
            end loop;
          end loop;
        end if;
      end if;
    end;
  end;
  return n + (select count(a_very_long_name_that_is_sixty_three_characters_in_length_exactly_x) from account);
end
$$;
-- run
select f(3);
