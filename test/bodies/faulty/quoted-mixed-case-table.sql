create table "Account" ("Id" integer primary key, "firstName" text);
create function f(who integer) returns text language plpgsql as $$
begin
  return (select "firstName"
    from Account -- fault[Account]: relation "account" does not exist
    where "Id" = who);
end
$$;
-- run
select f(1);
