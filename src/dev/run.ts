// A stack to run in; it run until a signal or a key ends it, and what happens told to a person or, as JSON, to a program.
import {basename} from 'node:path'
import {withoutPassword} from '../postgres/url.ts'
import {askText} from '../terminal/ask.ts'
import {errorJson} from '../terminal/error.ts'
import type {Paint} from '../terminal/paint.ts'
import {hidePasswords} from '../terminal/url.ts'
import {listenToKeys, listenToLines} from './keys.ts'
import type {Onlooker} from './model.ts'
import {KEY_NAMES, KEYS, openScreen, type Screen} from './screen.ts'
import {openStack, type Stack, type StackOptions} from './stack.ts'

export interface RunOptions extends Omit<StackOptions, 'onlooker'> {
  readonly isJson: boolean
  readonly opens: boolean
  readonly write: (text: string) => void
}

const CODES = {SIGINT: 130, SIGTERM: 0, SIGHUP: 129} as const
const SIGNALS = Object.keys(CODES) as (keyof typeof CODES)[]

/** Gives back what the process is to end with. */
export async function runDev(options: RunOptions): Promise<number> {
  const {project, paint, isJson, write} = options
  let code = 0
  const stop = new AbortController()
  let whenStopped = () => {}
  const stopped = new Promise<void>((resolve) => {
    whenStopped = resolve
  })
  const end = () => {
    stop.abort()
    whenStopped()
  }
  const heard = (signal: keyof typeof CODES) => {
    // a second one ends pgext at once: the programs are ended by those that look after them
    for (const name of SIGNALS) process.off(name, heard)
    code = CODES[signal]
    end()
  }
  for (const signal of SIGNALS) process.on(signal, heard)
  let stack: Stack | undefined
  let pressed = (_: string) => {}
  let told = (_: Wish) => {}
  const keys = isJson ? listenToLines<Wish>((line) => told(line)) : listenToKeys((key) => pressed(key))
  const {whileAsking} = keys
  const onlooker = isJson ? speaker(write) : openScreen({paint, write, whileAsking})
  const early = openEarly(onlooker.note)
  const pressNow = (key: string, stack: Stack) =>
    void act(key, {paint, stack, onlooker, whileAsking}).catch((error) => onlooker.failed(key, error))
  const tellNow = (wish: Wish, stack: Stack) =>
    void carryOut(wish, {stack, onlooker}).catch((error) => onlooker.failed(wish.do, error))
  pressed = (key) => {
    if (key === 'q') end()
    else if (ASKS_FOR_HELP.has(key)) onlooker.note(KEYS)
    else if (stack) pressNow(key, stack)
    else if (KEY_NAMES[key]) early.keep(key, KEY_NAMES[key], (stack) => pressNow(key, stack))
  }
  told = (wish) => {
    if (wish.do === 'quit') end()
    else if (stack) tellNow(wish, stack)
    else early.keep(JSON.stringify(wish), `${wish.do}`, (stack) => tellNow(wish, stack))
  }
  try {
    stack = await openStack({...options, onlooker}, stop.signal)
    if ('ready' in onlooker) (onlooker as Screen).ready(basename(project.folder))
    else write(`${JSON.stringify({ready: true, page: stack.page, database: shownFor(stack.database)})}\n`)
    early.go(stack)
    if (options.opens) await openPage(stack.page)
    await stopped
  } catch (error) {
    if (!stop.signal.aborted) throw error
  } finally {
    keys.close()
    await stack?.close()
  }
  return code
}

/** What is wished before all is up is done once it is, in the order in which it came; the same wish counts once. */
function openEarly(note: (text: string) => void) {
  const kept = new Map<string, (stack: Stack) => void>()
  return {
    keep(wish: string, name: string, work: (stack: Stack) => void) {
      if (!kept.has(wish)) note(`${name}: as soon as everything is up`)
      kept.set(wish, work)
    },
    go(stack: Stack) {
      for (const work of kept.values()) work(stack)
    },
  }
}

const ASKS_FOR_HELP: ReadonlySet<string> = new Set(['h', 'return'])

interface Acting {
  readonly paint: Paint
  readonly stack: Stack
  readonly onlooker: Onlooker
  readonly whileAsking: <T>(ask: () => Promise<T>) => Promise<T>
}

async function act(key: string, {paint, stack, onlooker, whileAsking}: Acting): Promise<void> {
  if (key === 'm') {
    const name = await whileAsking(() => askText('name of the new migration'))
    if (name) await stack.step.write(name)
  } else if (key === 'r') {
    if (await onlooker.ask?.('make the local database anew? all of its rows go')) await stack.step.reset()
  } else if (key === 'o') await openPage(stack.page)
  else if (key === 'p') onlooker.note(`psql '${shownFor(stack.database).replaceAll("'", "'\\''")}'`)
  else if (key === 'l') {
    const {recentLines} = await import('./recent.ts')
    onlooker.did({what: 'logs', lines: await recentLines(stack.project(), paint), milliseconds: 0})
    onlooker.note('pgext logs -f, in another terminal, goes on with them')
  }
}

/** Of a database of the stack's own with its password, which is good for nothing else; of somebody's without. */
const shownFor = ({isOwn, url}: Stack['database']): string => (isOwn ? url : withoutPassword(url))

/** What a program says, an object a line: {"do": "migration", "name": "due_dates"}, {"do": "reset"}, {"do": "quit"}. */
interface Wish {
  readonly do: string
  readonly name?: string
}

async function carryOut(wish: Wish, {stack, onlooker}: Omit<Acting, 'whileAsking' | 'paint'>): Promise<void> {
  if (wish.do === 'reset') return stack.step.reset()
  if (wish.do === 'migration' && wish.name) return stack.step.write(wish.name)
  onlooker.note(`not understood: ${JSON.stringify(wish)}`)
}

async function openPage(page: string): Promise<void> {
  const {default: open} = await import('open')
  await open(page)
}

/** One object a line. */
function speaker(write: (text: string) => void): Onlooker {
  const say = (value: object) => write(`${JSON.stringify(value)}\n`)
  return {
    service: (service) => say({service: {...service, ...(service.url && {url: hidePasswords(service.url)})}}),
    did: ({what, lines, milliseconds}) => say({did: what, lines, milliseconds: Math.round(milliseconds)}),
    note: (text) => say({note: text}),
    failed: (what, error) => say({failed: what, error: errorJson(error)}),
  }
}
