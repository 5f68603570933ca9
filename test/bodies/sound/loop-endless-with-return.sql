create table job (id integer primary key, done boolean default false);
create function f() returns integer language plpgsql as $$
declare
  next_one integer;
begin
  loop
    update job set done = true where id = (select id from job where not done order by id for update skip locked limit 1)
    returning id into next_one;
    if next_one is null then
      return null;
    elsif next_one > 0 then
      return next_one;
    end if;
  end loop;
end
$$;
insert into job values (1);
-- run
select f();
