// A real browser in, two people in front of it; that each sees what is theirs, at once, and nothing else, out.
import {readFile} from 'node:fs/promises'
import {type Browser, chromium, type Page} from 'playwright-core'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {readPages} from '../../src/realtime/page.ts'
import type {Cluster} from '../../src/shadow/cluster.ts'
import {CHROMIUM} from '../support/chromium.ts'
import {SECRET, tokenOf} from './client.ts'
import {openCluster, openPlace, type Place} from './place.ts'

/** A picture of a page, for people: where `PGEXT_PICTURES` names a folder. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.PGEXT_PICTURES
  if (!folder) return
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({colorScheme})
    await page.screenshot({fullPage: true, path: `${folder}/${name}-${colorScheme}.png`})
  }
}

/** What the example's driver takes of it: a socket is a host of its own kind. */
function addressOf(url: string): Record<string, unknown> {
  const {pathname, searchParams, port, username, password} = new URL(url.replace(/@\//, '@localhost/'))
  return {
    host: searchParams.get('host') ?? '127.0.0.1',
    port: Number(searchParams.get('port') ?? port),
    database: pathname.slice(1),
    username,
    password,
  }
}

const eventually = <T>(look: () => T) => expect.poll(look, {timeout: 8000, interval: 30})

describe.skipIf(!CHROMIUM)('a browser', () => {
  let cluster: Cluster
  let browser: Browser
  beforeAll(async () => {
    ;[cluster, browser] = await Promise.all([
      openCluster('create role todo_user nologin; grant todo_user to server'),
      chromium.launch({executablePath: CHROMIUM!, args: process.getuid?.() === 0 ? ['--no-sandbox'] : []}),
    ])
  })
  afterAll(async () => {
    await browser?.close()
    await cluster?.close()
  })

  /** Of somebody of their own. */
  async function visit(url: string): Promise<{page: Page; problems: string[]}> {
    const context = await browser.newContext({viewport: {width: 1200, height: 800}})
    const page = await context.newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    page.setDefaultTimeout(8000)
    await page.goto(url)
    return {page, problems}
  }

  test('the to-do list: each has their own tasks, and those they help with, as soon as they are there', async () => {
    const folder = new URL('../../examples/todo/', import.meta.url)
    const schema = await readFile(new URL('schema.sql', folder), 'utf8')
    const settings = {roles: ['todo_user', 'web_anon'], origins: ['*'], channels: {typing: 'todo_user'}}
    const place = await openPlace(cluster, schema, 'queue', settings, {}, await readPages())
    const {open} = await import(new URL('server.js', folder).href)
    const todo = await open({
      url: addressOf(place.url),
      secret: SECRET,
      realtime: `http://127.0.0.1:${place.running.port}`,
      port: 0,
    })
    const address = `http://127.0.0.1:${todo.port}/`
    const [ann, bob] = await Promise.all([visit(address), visit(address)])
    const tasks = ({page}: typeof ann): Promise<string[]> => page.locator('#tasks li label').allInnerTexts()
    const add = async ({page}: typeof ann, title: string, helper = '') => {
      await page.fill('#add [name=title]', title)
      await page.fill('#add [name=helper]', helper)
      await page.click('#add button')
    }
    for (const [{page}, name] of [
      [ann, 'ann'],
      [bob, 'bob'],
    ] as const) {
      await page.fill('#sign-in [name=name]', name)
      await page.click('#sign-in button')
      await page.waitForSelector('#empty:not([hidden])')
    }
    await add(ann, "ann's secret")
    await add(bob, "bob's own")
    await eventually(() => tasks(ann)).toEqual(["ann's secret"])
    await eventually(() => tasks(bob)).toEqual(["bob's own"])
    await add(ann, 'carry the piano <b>upstairs</b>', 'bob')
    await expect
      .poll(async () => (await tasks(bob)).map((text) => text.replace(/\s+/g, ' ')))
      .toEqual(["bob's own", 'carry the piano <b>upstairs</b> for ann'])
    // what is marked, and what is taken back, is so for both
    await ann.page.locator('#tasks li', {hasText: 'piano'}).locator('input').check()
    await eventually(() => bob.page.locator('#tasks li.done').count()).toBe(1)
    await picture(bob.page, 'todo')
    await place.db.script(`update tasks set helper = null`)
    await eventually(() => tasks(bob)).toEqual(["bob's own"])
    await ann.page.locator('#tasks li', {hasText: 'secret'}).getByRole('button').click()
    await eventually(async () => (await tasks(ann)).length).toBe(1)
    // who writes is seen by others
    await bob.page.type('#add [name=title]', 'x')
    await ann.page.waitForSelector('#typing >> text=bob')
    for (const {page, problems} of [ann, bob]) {
      expect(problems).toEqual([])
      await page.context().close()
    }
    await todo.close()
    await place.close()
  })

  test('the test page: what one may see comes in, as text, and nobody else sees it', async () => {
    const place: Place = await openPlace(
      cluster,
      `create table task (id int primary key, owner text, title text, room int); grant select on task to web_user;
       alter table task enable row level security; alter table task replica identity full;
       create policy own on task to web_user using (owner = current_setting('request.jwt.claims', true)::json ->> 'sub');
       insert into task values (1, 'ann', 'was there', 1), (2, 'bob', 'of bob', 1);
       create publication pg_events for table task with (publish = '')`,
      'queue',
      {channels: {'room:*': 'web_user'}},
      {mine: 'select id, title from task order by id desc'},
      await readPages(),
    )
    const url = `http://127.0.0.1:${place.running.port}/`
    const [ann, bob] = await Promise.all([visit(url), visit(url)])
    for (const [{page}, sub] of [
      [ann, 'ann'],
      [bob, 'bob'],
    ] as const) {
      await page.fill('#connect [name=token]', await tokenOf({role: 'web_user', sub}))
      await page.click('#connect button')
      await page.waitForSelector('#status[data-is=open]')
      await page.fill('#table [name=table]', 'task')
      await page.fill('#table [name=filter]', 'room=eq.1')
      await page.click('#table button')
      await page.waitForSelector('.watch table')
      await page.fill('#channel [name=channel]', 'room:1')
      await page.click('#channel [value=listen]')
      await page.waitForSelector('.watch >> text=listening')
    }
    await place.db.script(
      `insert into task values (3, 'ann', '<img src=x onerror=alert(1)>', 1), (4, 'ann', 'elsewhere', 2), (5, 'bob', 'secret of bob', 1)`,
    )
    await place.db.script(`update task set title = 'done' where id = 1; delete from task where id = 1`)
    await ann.page.waitForSelector('#events li[data-is=DELETE]')
    await bob.page.fill('#channel [name=payload]', '{"text": "hello"}')
    await bob.page.click('#channel [value=publish]')
    await ann.page.waitForSelector('#events li[data-is=message]')
    const heard = (await ann.page.locator('#events li').allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').slice(9))
    expect(heard).toEqual([
      'message room:1 {"text":"hello"}',
      'DELETE task · room=eq.1 {"id":1}',
      'UPDATE task · room=eq.1 {"id":1,"title":"done"}',
      'INSERT task · room=eq.1 {"id":3,"owner":"ann","title":"<img src=x onerror=alert(1)>","room":1}',
    ])
    expect(await ann.page.locator('.watch td').allInnerTexts()).toEqual(['3', 'ann', '<img src=x onerror=alert(1)>', '1'])
    expect(await ann.page.locator('img').count()).toBe(0)
    expect(await ann.page.content()).not.toContain('bob')
    await bob.page.waitForSelector('.watch >> text=secret of bob')
    expect(await bob.page.content()).not.toContain('was there')
    await ann.page.fill('#query [name=name]', 'mine')
    await ann.page.click('#query button')
    await ann.page.waitForSelector('.watch:first-child >> text=elsewhere')
    await picture(ann.page, 'page')
    // errors are said, and the token is nowhere
    await ann.page.fill('#table [name=table]', 'nothing')
    await ann.page.fill('#table [name=filter]', '')
    await ann.page.click('#table button')
    await ann.page.waitForSelector('#events li[data-is=error]')
    const kept = await ann.page.evaluate(
      'JSON.stringify([location.href, {...localStorage}, {...sessionStorage}, document.cookie])',
    )
    expect(kept).toBe(JSON.stringify([url, {}, {}, '']))
    expect(await ann.page.inputValue('#connect [name=token]')).toBe('')
    // what the policy forbids, a script of somebody else's, does not run
    const isRun = await ann.page.evaluate(`{
      const script = document.createElement('script')
      script.textContent = 'window.ran = true'
      document.body.append(script)
      'ran' in window
    }`)
    expect(isRun).toBe(false)
    expect(await ann.page.locator('#events li[data-is=error]').count()).toBe(1)
    expect(ann.problems.filter((text) => !text.includes('Content Security Policy'))).toEqual([])
    expect(bob.problems).toEqual([])
    await Promise.all([ann, bob].map(({page}) => page.context().close()))
    await place.close()
  })
})
