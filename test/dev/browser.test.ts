// The to-do template run by `pgext dev`, two people in two browsers in; that each sees their own tasks at once, and nobody else's, out.
import {type Browser, chromium, type Page} from 'playwright-core'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {CHROMIUM} from '../support/chromium.ts'
import {makeProject, type Running, removeProject, startDev} from './stack.ts'

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.PGEXT_PICTURES
  if (folder) await page.screenshot({fullPage: true, path: `${folder}/${name}.png`})
}

/** rows; the first is the slowest, as all is new to everybody */
const TIMES = process.env.PGEXT_LOAD === 'full' ? 25 : 5

const median = (numbers: readonly number[]): number =>
  Math.round([...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!)

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
    // from the moment at which the one window asks for it to that at which the other shows it; both have the clock of this machine
    await again.page.evaluate(`
      window.seen = {}
      const list = document.querySelector('#tasks')
      new MutationObserver(() => {
        for (const {textContent} of list.querySelectorAll('label')) seen[textContent] ??= performance.timeOrigin + performance.now()
      }).observe(list, {childList: true, subtree: true, characterData: true})`)
    await ada.page.evaluate(`
      window.asked = []
      const {fetch} = window
      window.fetch = (...all) => {
        const one = {at: performance.timeOrigin + performance.now()}
        asked.push(one)
        return fetch(...all).finally(() => { one.answered = performance.timeOrigin + performance.now() })
      }`)
    const took: number[] = []
    const answered: number[] = []
    for (let time = 0; time < TIMES; time++) {
      const title = time === 0 ? 'build it' : `again ${time}.`
      await ada.page.evaluate('asked.length = 0')
      await ada.page.fill('#add input', title)
      await ada.page.click('#add button')
      await again.page.waitForFunction(`seen[${JSON.stringify(title)}] !== undefined`)
      const seen = (await again.page.evaluate(`seen[${JSON.stringify(title)}]`)) as number
      const asked = (await ada.page.evaluate('asked[0]')) as {at: number; answered: number}
      took.push(seen - asked.at)
      answered.push(asked.answered - asked.at)
    }
    console.info(`${engine}: one browser to the other ${median(took)} ms, the request by itself ${median(answered)} ms`)
    // nobody loads anything anew; how fast it is on a quiet machine is said above
    expect(median(took)).toBeLessThan(10_000)
    for (let time = 1; time < TIMES; time++)
      await ada.page
        .locator('#tasks li', {hasText: `again ${time}.`})
        .locator('button')
        .click()
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
