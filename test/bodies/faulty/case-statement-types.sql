create function f(a integer) returns text language plpgsql as $$
begin
  case a
    when 1 then
      return 'one';
    when current_date then -- fault: operator does not exist: integer = date
      return 'today';
  end case;
end
$$;
-- run
select f(2);
