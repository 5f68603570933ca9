// Where statements begin and end, with every kind of text between and within them.
import {describe, expect, test} from 'vitest'
import {callsIn, namesIn, rolesIn} from '../../src/postgres/parse.ts'
import {split, splitStatements} from '../../src/postgres/statements.ts'

const one = async (sql: string) => (await splitStatements(sql, 'a.sql'))[0]!

describe('split', () => {
  test('places are those of an editor, whatever the text', async () => {
    const text = '/* é /* nested */ 😀 */ select \'ä😀\';;\n-- note\n\tcreate table "é" (\n  😀 int);\n  select 2 -- last\n'
    const statements = await splitStatements(text, 'a.sql')
    expect(statements.map(({kind, sql, line, column}) => [kind, sql, line, column])).toEqual([
      ['SelectStmt', "select 'ä😀'", 1, 25],
      ['CreateStmt', 'create table "é" (\n  😀 int)', 3, 2],
      ['SelectStmt', 'select 2 -- last', 5, 3],
    ])
    for (const {sql, start} of statements) expect(text.startsWith(sql, start)).toBe(true)
    expect(statements[1]!.comments).toEqual([{text: '-- note', start: text.indexOf('-- note'), alone: true}])
    const column = statements[1]!.node.tableElts[0].ColumnDef
    expect(statements[1]!.sql.slice(statements[1]!.offset(column.location))).toBe('😀 int)')
  })

  test('semicolons in bodies, rules and strings end nothing', async () => {
    const statements = await splitStatements(
      `create function f() returns int begin atomic select 1; select case when true then 1 end; end;
       create rule r as on insert to t do also (select 1; select 2);
       do $x$ begin; end $x$; select ';', E'\\';', U&'\\003b';`,
      'a.sql',
    )
    expect(statements.map(({kind}) => kind)).toEqual(['CreateFunctionStmt', 'RuleStmt', 'DoStmt', 'SelectStmt'])
  })

  test('nothing at all', async () => {
    for (const text of ['', '\n', '-- only a comment', ';;', '/* x */;']) expect(await splitStatements(text, 'a.sql')).toEqual([])
  })

  test('backslash lines between statements are skipped, those within strings are not', async () => {
    const text =
      "\\restrict x'y\nselect 1;\n\\connect db\nselect '\n\\a\n';\ncreate function f() returns int language c as $$\n\\b\n$$;\n\\unrestrict x'y"
    const {statements, notes} = await split(text, 'a.sql')
    expect(statements.map(({sql, line}) => [sql, line])).toEqual([
      ['select 1', 2],
      ["select '\n\\a\n'", 4],
      ['create function f() returns int language c as $$\n\\b\n$$', 7],
    ])
    expect(notes).toEqual(
      ['a.sql:1', 'a.sql:3', 'a.sql:10'].map(
        (at, n) => `${at}: the psql command ${['\\restrict', '\\connect', '\\unrestrict'][n]} was skipped`,
      ),
    )
  })

  test('a syntax error is shown at its place', async () => {
    await expect(splitStatements("select 'ä';\n\n  selec 1;", 'a.sql')).rejects.toMatchObject({
      code: 'bad-sql',
      message: 'syntax error at or near "selec"',
      where: {file: 'a.sql', line: 3, column: 3, text: '  selec 1;'},
    })
    await expect(splitStatements("\\x\nselect 'open\n", 'a.sql')).rejects.toMatchObject({where: {line: 2, column: 8}})
    await expect(splitStatements('select (1', 'a.sql')).rejects.toMatchObject({
      message: 'syntax error at end of input',
      where: {line: 1, column: 10},
    })
  })

  test('what only older servers understand is set apart, and the rest is parsed', async () => {
    const {statements} = await split(
      'select 1;\ncreate function f(json json) returns int begin atomic select 1; end;\n-- x\nselect 2',
      'a.sql',
    )
    expect(statements.map(({kind, sql, line}) => [kind, sql, line])).toEqual([
      ['SelectStmt', 'select 1', 1],
      ['Unparsed', 'create function f(json json) returns int begin atomic select 1; end', 2],
      ['SelectStmt', 'select 2', 4],
    ])
  })

  test('a large file costs little more than parsing it', async () => {
    const table = (n: number) =>
      `-- table ${n}\nCREATE TABLE public.t${n} (id bigint NOT NULL, ${Array.from({length: 20}, (_, i) => `column_${i} text DEFAULT 'x'`).join(', ')});\n`
    const text = Array.from({length: 1000}, (_, n) => table(n)).join('')
    const start = process.cpuUsage()
    expect(await splitStatements(text, 'a.sql')).toHaveLength(1000)
    const {user, system} = process.cpuUsage(start)
    expect((user + system) / 1000).toBeLessThan(3000)
  })
})

test('roles, calls and names that a statement mentions', async () => {
  expect(rolesIn((await one('grant select on t to a, public, current_user granted by b')).node)).toEqual(['a', 'b'])
  expect(rolesIn((await one('alter default privileges for role a grant all on tables to "B"')).node)).toEqual(['a', 'B'])
  expect(callsIn((await one('select cron.schedule(lower(x)) from f(1)')).node)).toEqual([['cron', 'schedule'], ['lower'], ['f']])
  expect(namesIn((await one('create table a.b (c d.e references f)')).node)).toEqual([['a', 'b'], ['d', 'e'], ['f']])
})
