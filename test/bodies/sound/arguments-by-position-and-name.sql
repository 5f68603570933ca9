create function f(a integer, integer, out integer, inout b text, c integer default 3) language plpgsql as $$
begin
  $3 := $1 + $2 + a + c;
  b := b || $4 || f.b;
end
$$;
create function g("$odd" integer, "Mixed Case" text) returns text language plpgsql as $$
begin
  return "$odd" || "Mixed Case" || $1 || g."Mixed Case";
end
$$;
-- run
select f(1, 2, 'x'), g(1, 'a');
