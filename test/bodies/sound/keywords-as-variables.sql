create function f(open integer, close integer) returns integer language plpgsql as $$
declare
  query text := 'q';
  next integer := 1;
  message text := 'm';
  forward integer := 2;
  last integer := 3;
  constraint_name text := 'c';
  slice integer := 4;
  option integer := 5;
  row_count integer;
  is_open boolean := true;
  type integer := 6;
  alias integer := 7;
  debug integer := 8;
  exit_code integer := 0;
begin
  next := next + forward + last;
  query := query || message || constraint_name;
  get diagnostics row_count = row_count;
  if is_open then
    slice := slice + option + alias + debug;
  end if;
  return length(query) + next + slice + type + open + close + row_count + exit_code;
end
$$;
-- run
select f(1, 2);
