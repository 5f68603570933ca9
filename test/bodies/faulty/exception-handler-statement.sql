create table failed (at timestamptz default now(), why text);
create function f(a integer) returns integer language plpgsql as $$
begin
  return 1 / a;
exception
  when others then
    insert into failed (why, code) values (sqlerrm, sqlstate); -- fault[code]: column "code" of relation "failed" does not exist
    return null;
end
$$;
-- run
select f(0);
