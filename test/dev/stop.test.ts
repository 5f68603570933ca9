// Stacks that are ended at moments that nobody chose in; that nothing of them is left, and the next one starts, out.
import {existsSync, readdirSync} from 'node:fs'
import {readFile, writeFile} from 'node:fs/promises'
import {connect as dial} from 'node:net'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {makeProject, processesOf, removeProject, startDev} from './stack.ts'

const TIMES = process.env.PGEXT_LOAD === 'full' ? 30 : 4

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    }).on('error', () => resolve(false))
  })
}

test(`${TIMES} starts, ctrl-C at random moments: no process, no socket, no lock is left`, {
  timeout: 60_000 + TIMES * 15_000,
}, async () => {
  const folder = await makeProject()
  const {ports} = JSON.parse(await readFile(join(folder, 'pgext.json'), 'utf8')).dev as {ports: Record<string, number>}
  const shadows = () => readdirSync('/dev/shm').filter((name) => name.startsWith('pgext-'))
  try {
    let longest = 6000
    for (let time = 0; time < TIMES; time++) {
      const dev = startDev(folder)
      const began = performance.now()
      // the last one comes up whole
      const isLast = time === TIMES - 1
      if (isLast) {
        await dev.ready()
        // in the middle of what is read again, with services that are just starting
        await writeFile(join(folder, '.env'), `${await readFile(join(folder, '.env'), 'utf8')}\n`)
        await sleep(Math.random() * 2500)
      } else await sleep(Math.random() * longest)
      const isUp = dev.said.some(({ready}) => ready)
      if (isUp) longest = Math.min(longest, performance.now() - began)
      const ends = performance.now()
      const code = await dev.end(time % 3 === 2 ? 'SIGTERM' : 'SIGINT')
      expect([130, 0, null], `${dev.errors()} ${JSON.stringify(dev.said.at(-1))}`).toContain(code)
      expect(performance.now() - ends).toBeLessThan(15_000)
      await expect.poll(() => processesOf(folder), {timeout: 8000, interval: 50}).toEqual([])
      for (const port of Object.values(ports)) expect(await isOpen(port)).toBe(false)
      expect(existsSync(join(folder, '.pgext/dev.pid')), 'the lock').toBe(false)
      expect(existsSync(join(folder, '.pgext/url'))).toBe(false)
      await expect.poll(() => shadows().filter((name) => name.includes(`-${dev.child.pid}-`)), {timeout: 8000}).toEqual([])
    }
  } finally {
    await removeProject(folder)
  }
})
