create table account (id integer primary key, name text);
create function f() returns void language plpgsql as $$
begin
  create index if not exists account_nmae on account (nmae); -- fault: column "nmae" does not exist
end
$$;
-- run
select f();
