create table account (id integer primary key, name text);
create function f(/* who */ who integer -- the id
) returns text language plpgsql as $$
-- before declare; with a semicolon
declare /* x integer; */
  called /* its name */ text -- comment 'with quotes
    := /* nothing */ 'x' /* yet */ ;
begin -- begin;
  select /* name, */ name -- into nothing
    /* into */ into /* the */ called -- variable
  from /* the table */ account -- ;
  where id = /* $1 */ who; -- end;
  if /* then */ called is null -- then
  then /* nothing */ null; /* end if; */
  elsif -- x
    true
  then
    called := called /* || 'y' */ || 'z';
  end /* if */ if;
  return /* the */ called /* name */ ; -- done
end /* of */ ; -- all
/* and after */
$$;
-- run
select f(1);
