create table account (id integer primary key);
create procedure p() language plpgsql as $$
begin
  return query select id from account; -- fault: cannot use RETURN QUERY in a non-SETOF function
end
$$;
-- run
call p();
