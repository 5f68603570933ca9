create table "order" ("user" integer, "group" text, "desc" text);
create function f(who integer) returns text language plpgsql as $$
begin
  return (select o."desc" from "order" o
    where o."user" = who and o."table" = 'x'); -- fault[o."table"]: column o.table does not exist
end
$$;
-- run
select f(1);
