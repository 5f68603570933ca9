create table "order" ("user" integer, "group" text, "select" text, "end" integer, "loop" text);
create function f("user" integer, "table" text) returns setof "order" language plpgsql as $$
declare
  "limit" integer := 3;
  "begin" integer;
  name text := 'n';
  type text := 't';
  value text := 'v';
begin
  insert into "order" ("user", "group", "select", "end") values ("user", "table", name || type || value, "limit");
  select o."end" into "begin" from "order" o limit "limit";
  update "order" o set "loop" = "begin"::text where o."user" = f."user";
  return query select * from "order" o where o."user" = f."user";
end
$$;
-- run
select f(1, 'x');
