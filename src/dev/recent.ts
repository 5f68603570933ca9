// A project in; what its parts logged last, as lines for a person, out.
import {Last} from '../logs/last.ts'
import {merge} from '../logs/merge.ts'
import {openLogs} from '../logs/open.ts'
import {withoutSecrets} from '../logs/secret.ts'
import type {Project} from '../project/model.ts'
import {LogLines} from '../terminal/log.ts'
import type {Paint} from '../terminal/paint.ts'
import {Origins} from '../walk/origin.ts'

/** entries of all of them together */
const MOST = 20

export async function recentLines(project: Project, paint: Paint): Promise<string[]> {
  const notes: string[] = []
  const tell = (what: string) => notes.push(paint('dim', `note: ${what}`))
  // what the stack says of itself stands on the screen
  const opened = openLogs({project, sources: [], follow: false, tell}).filter(({source}) => source !== 'dev')
  const lines = new LogLines({paint, sources: opened.map(({source}) => source), isTerminal: true})
  const last = new Last(MOST)
  for await (const entry of merge(opened.map(({entries}) => entries))) if (entry !== 'idle') last.add(entry)
  const origins = new Origins(project)
  const shown: string[] = []
  for (const entry of last.take().entries) {
    const where = entry.where ?? (await origins.of(entry))
    shown.push(lines.of(withoutSecrets(where === undefined ? entry : {...entry, where})))
  }
  return [...(shown.length > 0 ? shown : [paint('dim', 'nothing has been logged yet')]), ...notes]
}
