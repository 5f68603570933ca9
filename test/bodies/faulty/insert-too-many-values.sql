create table account (id integer primary key, name text);
create function f(who integer, called text) returns void language plpgsql as $$
begin
  insert into account (id, name)
  values (who, called,
    now()); -- fault[now]: INSERT has more expressions than target columns
end
$$;
-- run
select f(1, 'a');
