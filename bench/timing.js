// A command in, the milliseconds of its whole process out.
import {spawn} from 'node:child_process'

/** Exit 2 is "something differs". */
export function timed(command, args, options = {}) {
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {stdio: ['ignore', 'ignore', 'pipe'], ...options})
    let said = ''
    child.stderr.on('data', (data) => {
      said += data
    })
    child.once('error', (error) => reject(new Error(error.code === 'ENOENT' ? `${command} is not in PATH` : error.message)))
    child.once('exit', (code) => {
      if (code === 0 || code === 2) resolve(performance.now() - started)
      else reject(new Error(`ended with ${code}: ${said.trim().split('\n')[0]}`))
    })
  })
}

export function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]
}
