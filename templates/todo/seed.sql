-- Two people to try it out with; both passwords are their names. Run once, when the database is made.
insert into people (name, password) values
  ('ada', crypt('ada', gen_salt('bf', 6))),
  ('grace', crypt('grace', gen_salt('bf', 6)))
on conflict (name) do nothing;

insert into tasks (user_id, title, completed)
select p.id, t.title, t.completed
from people p
join (values
  ('ada', 'write the first program', true),
  ('ada', 'think of a machine to run it', false),
  ('grace', 'find the moth', false)
) as t (name, title, completed) on t.name = p.name
where not exists (select from tasks);
