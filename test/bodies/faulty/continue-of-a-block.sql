create function f(n integer) returns integer language plpgsql as $$
begin
  <<inner_block>>
  begin
    for i in 1..n loop
      continue inner_block; -- fault: block label "inner_block" cannot be used in CONTINUE
    end loop;
  end;
  return n;
end
$$;
-- run
select f(1);
