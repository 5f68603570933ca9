// A program in, it running out: what it says line by line, how it ended, and that it ends when this process does, however that ends.
import {spawn} from 'node:child_process'
import type {Socket} from 'node:net'
import {createInterface} from 'node:readline'
import {setTimeout as sleep} from 'node:timers/promises'
import type {Account} from '../shadow/home.ts'

export interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly folder: string
  readonly account?: Account
  /** how it is asked to end; a group: all that it has started, too */
  readonly signal?: 'TERM' | 'INT'
  readonly isGroup?: boolean
}

export interface Child {
  /** of the process that looks after it, which ends with it */
  readonly pid: number
  /** why it ended; never rejects */
  readonly ended: Promise<string>
  /** resolves when it is gone */
  stop(): Promise<void>
}

/** seconds that a program has to end by itself */
const PATIENCE = 5

/**
 * Runs the program ($3…) until the pipe on descriptor 3 is closed, which it is when pgext is gone; then sends it signal $1, and kills it
 * when it has not ended by then. $2 is `group` where all of its processes are meant.
 */
const KEEP = `
  signal=$1; whom=$2; shift 2
  trap '' TERM INT HUP
  (trap - TERM INT HUP; exec "$@" 3<&-) & child=$!
  send() { if [ $whom = group ]; then kill -$1 -$$; else kill -$1 $child; fi; }
  { read -r _ <&3
    send $signal; left=${PATIENCE}0
    while [ $left -gt 0 ] && kill -0 $child; do sleep 0.1; left=$((left - 1)); done
    kill -KILL $child; [ $whom = group ] && kill -KILL -$$; } >/dev/null 2>&1 & reader=$!
  wait $child; code=$?
  [ $whom = group ] && { echo "ended with code $code" >&2; kill -TERM -$$; sleep 0.3; kill -KILL -$$; } 2>&1
  kill -KILL $reader 2>/dev/null
  exit $code`

const KEEP_NODE = `
  const [signal, , command, ...args] = process.argv.slice(1)
  const child = require('child_process').spawn(command, args, {stdio: ['ignore', 'inherit', 'inherit'], shell: true})
  child.on('error', (error) => { console.error(error.message); process.exit(1) })
  child.on('exit', (code) => process.exit(code ?? 1))
  const end = () => { child.kill('SIG' + signal); setTimeout(() => child.kill('SIGKILL'), ${PATIENCE * 1000}) }
  require('fs').createReadStream('', {fd: 3}).on('error', end).on('end', end).resume()`

const WINDOWS = process.platform === 'win32'

export function start(program: Program, heard: (line: string, from: 'out' | 'err') => void): Child {
  const {command, args, env, folder, account, signal = 'TERM', isGroup = false} = program
  const [keeper, ...script] = WINDOWS ? [process.execPath, '-e', KEEP_NODE] : ['/bin/sh', '-c', KEEP, 'pgext-keeper']
  const child = spawn(keeper!, [...script, signal, isGroup ? 'group' : 'one', command, ...args], {
    ...account,
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // ctrl-C reaches every process of the terminal's group: each is to end in its turn
    detached: true,
  })
  const pipe = child.stdio[3] as Socket
  pipe.on('error', () => {})
  createInterface({input: child.stdout!}).on('line', (line) => heard(line, 'out'))
  createInterface({input: child.stderr!}).on('line', (line) => heard(line, 'err'))
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, by) => resolve(by ? `ended by ${by}` : `ended with code ${code}`))
  })
  return {
    pid: child.pid ?? 0,
    ended,
    async stop() {
      pipe.destroy()
      await ended
    },
  }
}

/** undefined: it says that it is ready. Else why it does not, and it is ended. */
export async function untilReady(child: Child, isReady: () => boolean, milliseconds: number): Promise<string | undefined> {
  let ended: string | undefined
  void child.ended.then((why) => {
    ended = why
  })
  for (const until = performance.now() + milliseconds; ended === undefined && performance.now() < until; await sleep(10))
    if (isReady()) return undefined
  await child.stop()
  return ended ?? 'not ready in time'
}
