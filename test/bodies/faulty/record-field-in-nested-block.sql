create table account (id integer primary key, name text);
create function f() returns text language plpgsql as $$
declare
  a record;
  b record;
  said text;
begin
  for a in select id, name as called from account loop
    begin
      select a.called as word, count(*) as n into b from account;
      said := concat(said, b.word, b.n);
      said := concat(said, b.called); -- fault[b.called]: record "b" has no field "called"
    exception
      when division_by_zero then
        said := 'none';
    end;
  end loop;
  return said;
end
$$;
insert into account values (1, 'a');
-- run
select f();
