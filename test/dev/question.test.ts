// A terminal with `pgext dev` in it in; that each question has the keys for itself, one at a time, out.
import {spawn} from 'node:child_process'
import {rm, writeFile} from 'node:fs/promises'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {expect, test} from 'vitest'
import {makeProject, processesOf, removeProject} from './stack.ts'

const PROGRAM = join(import.meta.dirname, '../../bin/run.js')

test.runIf(process.platform === 'linux')(
  'what is asked is asked alone, and keys are its own',
  async () => {
    const folder = await makeProject('minimal')
    const schema = join(folder, 'schema.sql')
    const write = (column: string) => writeFile(schema, `create table a (id int primary key${column});\n`)
    await rm(join(folder, 'functions'), {recursive: true, force: true})
    await writeFile(join(folder, 'seed.sql'), "insert into a values (1, 'kept');\n")
    await write(', name text')
    const {DATABASE_URL: _, CI: __, ...env} = process.env
    // it gives the program a terminal, and takes its keys from a pipe
    const child = spawn('script', ['-qec', `${process.execPath} ${PROGRAM} dev -C ${folder}`, '/dev/null'], {env, stdio: 'pipe'})
    const ended = new Promise((resolve) => child.once('close', resolve))
    let said = ''
    child.stdout.on('data', (text) => {
      said += text
    })
    const shows = (text: string) => expect.poll(() => said, {timeout: 30_000, interval: 50}).toContain(text)
    const answer = (keys: string) => {
      said = ''
      child.stdin.write(keys)
    }
    try {
      await shows('q quit')
      answer('m')
      await shows('name of the new migration')
      await write('')
      await sleep(3000)
      expect(said).not.toContain('rows of the local database')
      answer('\r')
      await shows('rows of the local database may be lost')
      answer('n\r')
      await shows('nothing was done')
      said = ''
      await write(', title text')
      await shows('renamed?')
      answer('n\r')
      await shows('rows of the local database may be lost')
      expect(said).not.toContain('q quit')
      // ctrl-C while it is asked ends all of it
      answer('\x03')
      expect(await Promise.race([ended, sleep(10_000, 'it goes on')])).not.toBe('it goes on')
      await expect.poll(() => processesOf(folder), {timeout: 8000, interval: 50}).toEqual([])
    } finally {
      child.kill()
      await removeProject(folder)
    }
  },
  90_000,
)
