create function f(a integer) returns text language plpgsql as $$
begin
  case b -- fault[b]: column "b" does not exist
    when 1 then
      return 'one';
    else
      return 'many';
  end case;
end
$$;
-- run
select f(3);
