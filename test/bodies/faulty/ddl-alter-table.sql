create function f() returns void language plpgsql as $$
begin
  alter table acount add column note text; -- fault: relation "acount" does not exist
end
$$;
-- run
select f();
