create table doc (id integer, body text, words tsvector);
create function f(q text) returns text language plpgsql as $$
declare
  wanted tsquery := websearch_to_tsquery('english', q);
  said text;
begin
  update doc set words = to_tsvector('english', coalesce(body, ''));
  select string_agg(ts_headline('english', body, wanted), ',' order by ts_rank(words, wanted) desc) into said
  from doc where words @@ wanted;
  return coalesce(said, 'none') || substring(q from 1 for 2) || position('a' in q) || overlay(q placing 'x' from 1) || trim(both 'a' from q)
    || (q similar to '%a%') || (q ~ '^a') || regexp_replace(q, 'a(.)', '\1', 'g');
end
$$;
-- run
select f('abc');
