create table line (id integer generated always as identity, price numeric);
create function f(p numeric) returns void language plpgsql as $$
begin
  insert into line (id, price) values (1, p); -- fault: cannot insert a non-DEFAULT value into column "id"
end
$$;
-- run
select f(1);
