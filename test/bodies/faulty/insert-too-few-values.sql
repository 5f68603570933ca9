create table account (id integer primary key, name text, opened date);
create function f(who integer, called text) returns void language plpgsql as $$
begin
  insert into account (id, name,
    opened) -- fault[opened]: INSERT has more target columns than expressions
  values (who, called);
end
$$;
-- run
select f(1, 'a');
