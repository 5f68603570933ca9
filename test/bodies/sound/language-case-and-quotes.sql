create function f(a integer) returns integer language 'plpgsql' as 'BEGIN RETURN A + 1; END';
create function g(a integer) returns integer as $_$ DECLARE B INTEGER := $1; BEGIN
IF B>1 THEN RETURN B; ELSE RETURN B+1; END IF; END $_$ language PLPGSQL;
create function h() returns void as $$begin null;end$$ language plpgsql;
create function i(a text) returns text as $$
  begin return a||'x'||E'\n'||$x$y$x$; end;$$ language plpgsql;
-- run
select f(1), g(1), h(), i('a');
