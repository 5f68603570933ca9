create table account (id integer primary key, name text);
create function f(who integer) returns text language plpgsql as '
declare
  called text := ''it''''s'';
begin
  select name || '' and '' || called into called from account where id = who;
  return called;
end';
create function g(who integer) returns text language plpgsql as E'declare\n\tcalled text := \'x\\\\y\';\nbegin\n\treturn called || who;\nend\n';
create function h(integer) returns integer language plpgsql as $body$begin return $1 + length($$it's$$); end$body$;
create function i() returns integer language plpgsql as '
  begin
    return 1;
  end;
';
-- run
select f(1), g(1), h(1), i();
