// Nothing in, the browser of this machine out; where there is none, that is said.
import {execFileSync} from 'node:child_process'

export const CHROMIUM = find()
if (!CHROMIUM) console.info('no browser: PGEXT_CHROMIUM is not set, and there is no chromium or google-chrome on PATH')

function find(): string | undefined {
  if (process.env.PGEXT_CHROMIUM) return process.env.PGEXT_CHROMIUM
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('which', [name], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}).trim()
    } catch {}
  }
  return undefined
}
