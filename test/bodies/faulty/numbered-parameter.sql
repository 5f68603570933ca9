create table account (id integer primary key, name text);
create function f(integer, text) returns integer language plpgsql as $$
begin
  if $1 > 1 then
    return $1;
  end if;
  return length($2) + $3; -- fault[$3]: there is no parameter $3
end
$$;
-- run
select f(1, 'a');
