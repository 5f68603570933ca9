create function f(a text) returns text language plpgsql as $body$
declare
  b text := 'begin return nothing; end;';
begin
  -- if a then select from nowhere; end if;
  b := b || 'select * from nowhere where it''s = ''x''; -- no comment' || E'\'; drop table x; --' || $q$ end; $$; $q$;
  /* begin
     for i in nowhere loop /* nested; */ end loop;
  */
  b := b || $x$ ' $x$ || U&'\0041' || 'a'
    'continued';
  return b || a; -- done; really
end -- of f
$body$;
-- run
select f('x');
