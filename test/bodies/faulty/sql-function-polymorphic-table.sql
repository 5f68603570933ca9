create table seen (id integer primary key, what jsonb);
create function note(what anyelement) returns anyelement language sql as $$
  insert into seen values (1, to_jsonb(what));
  select $1 from sean -- fault[sean]: relation "sean" does not exist
$$;
-- run
select note(1);
