create function f(a integer) returns text language plpgsql as $$
begin
  case
    when a = 1 then
      return 'one';
    when a = tow then -- fault[tow]: column "tow" does not exist
      return 'two';
    else
      return 'many';
  end case;
end
$$;
-- run
select f(3);
