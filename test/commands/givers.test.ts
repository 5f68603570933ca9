// Privileges that somebody gave on who is not the owner: files grant as the owner, databases remember who gave.
import {afterAll, beforeAll, expect, test} from 'vitest'
import {openSite, type Site} from './site.ts'

let site: Site

beforeAll(async () => {
  site = await openSite()
})
afterAll(() => site?.close())

const TABLE = 'create table orders (id int primary key);\n'
const GIVEN = 'grant select on orders to giv_team with grant option;\n'

test('who gave what files state is no difference; what they do not state is taken back by whoever gave it', async () => {
  const project = await site.project('givers', {'schema.sql': `${TABLE}${GIVEN}grant select on orders to giv_one;\n`})
  await project.ask('create role giv_team')
  await project.ask('create role giv_one')
  await project.ends(0, 'migrate', '--name', 'made')
  await project.ask('revoke select on orders from giv_one')
  await project.ask('do $$ begin set local role giv_team; grant select on orders to giv_one; end $$')
  expect((await project.ends(0, 'diff')).out).toContain('nothing differs')

  const {out} = await project.ends(0, 'dump', '--out', '-')
  expect(out).toContain('giv_one')
  expect(out).not.toContain('SET LOCAL ROLE')

  await project.write({'schema.sql': `${TABLE}${GIVEN}grant insert on orders to giv_one;\n`})
  const {out: sql} = await project.ends(2, 'diff', '--sql', '--allow', 'security-widened')
  await project.ask(sql)
  expect(await project.ask(`select has_table_privilege('giv_one', 'orders', 'select') as still`)).toEqual([{still: false}])
  expect((await project.ends(0, 'diff')).out).toContain('nothing differs')
})

test('a migration whose statements run as whoever gave is replayed where its roles are not', async () => {
  const project = await site.project('replayed', {'schema.sql': TABLE})
  await project.ends(0, 'migrate', '--name', 'made')
  await project.write({
    'migrations/20990101T000000_gives.sql': `grant select on orders to giv_lead with grant option;
do $$ begin
  set local role giv_lead;
  grant select on public.orders to giv_other;
  reset role;
end $$;
`,
  })
  // files speak of neither role
  expect((await project.ends(0, 'diff', '--from', 'migrations')).out).toContain('nothing differs')
})
