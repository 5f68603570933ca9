create table job (id integer primary key, done boolean default false, at interval default '1 hour');
create function f(n integer, skip integer, ago interval) returns setof job language plpgsql as $$
declare
  ids integer[];
begin
  select array(select id from job where not done order by id limit n offset skip for update skip locked) into ids;
  update job set done = true where id = any (ids);
  return query select * from job where id in (select unnest(ids)) and job.at > ago - interval '1 hour' * n
    order by case when n > 1 then id end desc nulls last fetch first (n) rows only;
end
$$;
-- run
select f(1, 0, '1 day');
