// Files that grow, are put aside and cut off in; what is read of them meanwhile. And several sources merged.
import {appendFileSync, mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {setTimeout as sleep} from 'node:timers/promises'
import {afterAll, expect, test} from 'vitest'
import {piecesOf} from '../../src/logs/file.ts'
import {openLog} from '../../src/logs/log.ts'
import {merge} from '../../src/logs/merge.ts'
import type {LogEntry, LogSource, Told} from '../../src/logs/model.ts'
import {ownPieces} from '../../src/logs/own.ts'
import {entriesOf, readerOf} from '../../src/logs/reader.ts'

const root = mkdtempSync(join(tmpdir(), 'pgext-follow-'))
afterAll(() => rmSync(root, {recursive: true, force: true}))

const linesIn = (pieces: Parameters<typeof entriesOf>[0]) =>
  entriesOf(pieces, () => readerOf('lines', {source: 'dev', tell: () => {}}))

/** Messages as they come, until they are as many, or nothing comes for a while. */
async function take(told: AsyncIterable<Told>, count: number, stop: AbortController): Promise<string[]> {
  const messages: string[] = []
  const timer = setTimeout(() => stop.abort(), 5000)
  for await (const entry of told) {
    if (entry !== 'idle') messages.push(entry.message)
    if (messages.length >= count) stop.abort()
  }
  clearTimeout(timer)
  return messages
}

test('a file that is not there yet, grows, is put aside and is cut off', async () => {
  const path = join(root, 'app.log')
  const stop = new AbortController()
  const seen = take(linesIn(piecesOf(path, {follow: true, signal: stop.signal})), 8, stop)
  await sleep(50)
  writeFileSync(path, 'one\ntw')
  await sleep(200)
  appendFileSync(path, 'o\nthree\n')
  await sleep(200)
  renameSync(path, `${path}.1`)
  // who writes has it open still
  appendFileSync(`${path}.1`, 'four\n')
  writeFileSync(path, 'five\n')
  await sleep(600)
  truncateSync(path)
  await sleep(200)
  appendFileSync(path, 'six\nse')
  await sleep(150)
  appendFileSync(path, 'ven\neight\n')
  expect(await seen).toEqual(['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'])
})

test('all files of pgext’s own, and those that are put aside while nobody looks', async () => {
  const folder = join(root, 'own')
  const log = openLog(folder, 'dev', {full: 2000})
  const stop = new AbortController()
  for (let n = 0; n < 30; n++) log.write({message: `${n}`})
  const told = entriesOf(ownPieces(folder, 'dev', {follow: true, signal: stop.signal}), () =>
    readerOf('ndjson', {source: 'dev', tell: (what) => expect.fail(what)}),
  )
  const seen = take(told, 60, stop)
  await sleep(300)
  // more than two files' worth at once
  for (let n = 30; n < 60; n++) log.write({message: `${n}`})
  log.close()
  expect(await seen).toEqual(Array.from({length: 60}, (_, n) => `${n}`))
})

const at = (source: LogSource, second: number, message = `${second}`): LogEntry => ({
  time: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
  source,
  level: 'info',
  message,
})

test('sources are merged in order of time', async () => {
  async function* of(source: LogSource, seconds: readonly number[], slow = 0): AsyncGenerator<Told> {
    for (const second of seconds) {
      if (slow > 0) await sleep(slow)
      yield at(source, second)
    }
  }
  const many = Array.from({length: 3000}, (_, n) => n)
  const seen: string[] = []
  const merged = merge([of('db', many), of('rest', [5, 10, 2999], 100), of('dev', [])], ({message}) => message !== '7')
  for await (const entry of merged) if (entry !== 'idle') seen.push(`${entry.source} ${entry.message}`)
  expect(seen).toHaveLength(3002)
  const numbers = seen.map((text) => Number(text.split(' ')[1]))
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
  expect(seen).not.toContain('db 7')
})

test('what comes is shown soon, in order, and a clock that is ahead holds nobody up', async () => {
  const now = (source: LogSource, message: string, ahead = 0): LogEntry => ({
    ...at(source, 0, message),
    time: new Date(Date.now() + ahead).toISOString(),
  })
  async function* first(): AsyncGenerator<Told> {
    yield at('db', 1, 'old')
    yield 'idle'
    await sleep(100)
    const entry = now('db', 'a')
    await sleep(60)
    yield entry
    yield now('db', 'future', 60_000)
    await sleep(900)
  }
  async function* second(): AsyncGenerator<Told> {
    yield 'idle'
    await sleep(130)
    yield now('rest', 'b')
    await new Promise(() => {})
  }
  const seen: string[] = []
  const began = Date.now()
  for await (const entry of merge([first(), second()])) {
    seen.push(entry === 'idle' ? 'idle' : entry.message)
    if (seen.length === 5) break
  }
  expect(seen).toEqual(['old', 'idle', 'a', 'b', 'future'])
  expect(Date.now() - began).toBeLessThan(1500)
})

test('an error of one ends all', async () => {
  async function* broken(): AsyncGenerator<Told> {
    yield at('db', 1)
    throw new Error('broken')
  }
  const all = async () => {
    for await (const _ of merge([broken()]));
  }
  await expect(all()).rejects.toThrow('broken')
})
