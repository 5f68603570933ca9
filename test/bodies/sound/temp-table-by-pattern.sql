create table content (id integer, name text);
create function make_temp(tab regclass) returns void language plpgsql as $$
begin
  execute format('create temporary table tmp_%1$I (like %1$I including defaults) on commit drop', tab);
  execute format('alter table tmp_%I add column extra integer', tab);
end
$$;
create function add_content() returns bigint language plpgsql as $$
declare
  n bigint;
begin
  insert into content select distinct id, name from tmp_content where extra is null;
  delete from tmp_content;
  get diagnostics n = row_count;
  return n;
end
$$;
-- run
begin;
select make_temp('content');
insert into tmp_content values (1, 'a');
select add_content();
commit;
