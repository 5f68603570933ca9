// The to-do template run by `pgext dev`, two people in two browsers in; that each sees their own tasks at once, and nobody else's, out.
import {type Browser, chromium, type Page} from 'playwright-core'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {CHROMIUM} from '../support/chromium.ts'
import {makeProject, type Running, removeProject, startDev} from './stack.ts'

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.PGEXT_PICTURES
  if (folder) await page.screenshot({fullPage: true, path: `${folder}/${name}.png`})
}

describe.skipIf(!CHROMIUM).each(['native', 'pglite'])('the to-do list, engine %s', (engine) => {
  let folder: string
  let dev: Running
  let browser: Browser
  let home: string
  beforeAll(async () => {
    folder = await makeProject()
    dev = startDev(folder, ['--engine', engine])
    ;[browser, {page: home}] = await Promise.all([
      chromium.launch({executablePath: CHROMIUM!, args: process.getuid?.() === 0 ? ['--no-sandbox'] : []}),
      dev.ready(),
    ])
  })
  afterAll(async () => {
    await browser?.close()
    await dev?.end()
    if (folder) await removeProject(folder)
  })

  async function visit(name: string): Promise<{page: Page; problems: string[]}> {
    const page = await (await browser.newContext({viewport: {width: 900, height: 600}})).newPage()
    const problems: string[] = []
    page.on('pageerror', (error) => problems.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text())
    })
    page.setDefaultTimeout(15_000)
    await page.goto(home)
    if (name === 'ada') await picture(page, 'todo-signed-out')
    await page.click(`button[value=${name}]`)
    return {page, problems}
  }
  const titles = (page: Page) => page.locator('#tasks li label').allTextContents()

  test('two people, two browsers each: what one does the other window shows, and nobody sees another’s', async () => {
    const [ada, again, grace] = [await visit('ada'), await visit('ada'), await visit('grace')]
    await expect
      .poll(() => titles(ada.page), {timeout: 15_000})
      .toEqual(['think of a machine to run it', 'write the first program'])
    await expect.poll(() => titles(again.page)).toEqual(['think of a machine to run it', 'write the first program'])
    await expect.poll(() => titles(grace.page)).toEqual(['find the moth'])
    // the moment at which the other window shows it, by that window's own clock
    const seen = again.page.evaluate(`new Promise((resolve) => {
      const list = document.querySelector('#tasks')
      new MutationObserver(() => list.textContent.includes('build it') && resolve(Date.now())).observe(list, {childList: true})
    })`) as Promise<number>
    await ada.page.fill('#add input', 'build it')
    const began = Date.now()
    await ada.page.click('#add button')
    const milliseconds = (await seen) - began
    console.info(`one browser to the other: ${milliseconds} ms`)
    // nobody loads anything anew: bench/dev.js says how fast it is on a quiet machine
    expect(milliseconds).toBeLessThan(10_000)
    await ada.page.locator('#tasks li', {hasText: 'build it'}).locator('input').check()
    await expect.poll(() => again.page.locator('#tasks li.done').count()).toBe(2)
    await picture(ada.page, 'todo-signed-in')
    await again.page.locator('#tasks li', {hasText: 'build it'}).locator('button').click()
    await expect.poll(() => titles(ada.page)).not.toContain('build it')
    expect(await titles(grace.page)).toEqual(['find the moth'])
    await grace.page.reload()
    await expect.poll(() => titles(grace.page)).toEqual(['find the moth'])
    for (const {problems} of [ada, again, grace]) expect(problems).toEqual([])
  })
})
