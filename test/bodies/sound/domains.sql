create domain positive as integer check (value > 0);
create domain email as text not null check (value like '%@%');
create function f(n positive, e email) returns positive language plpgsql as $$
declare
  m positive;
  mail email := 'a@b';
begin
  m := n + 1;
  mail := upper(e);
  if mail <> 'x@y' then
    return m;
  end if;
  return length(mail);
exception
  when check_violation then
    return 1;
end
$$;
-- run
select f(1, 'a@b');
