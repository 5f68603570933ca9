create sequence account_id_seq;
create function f() returns bigint language plpgsql as $$
begin
  return nextval('acount_id_seq'); -- fault['acount_id_seq']: relation "acount_id_seq" does not exist
end
$$;
-- run
select f();
