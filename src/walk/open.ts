// A project in, the walk out: every command's way from two sides to a proven plan. Shadows are opened when first needed.
import type {Server} from '../postgres/db.ts'
import type {Project} from '../project/model.ts'
import type {Shadow} from '../shadow/model.ts'
import {difference, functionsDifference} from './difference.ts'
import type {Side, Tell, Walk} from './model.ts'
import {isUrl, type Workplace} from './sides.ts'

export interface WalkOptions {
  readonly tell?: Tell
}

export async function openWalk(project: Project, options: WalkOptions = {}): Promise<Walk> {
  const shadows = new Map<string, Promise<Shadow>>()
  const workplace = async (sides: readonly Side[]): Promise<Workplace> => {
    const url = sides.find(isUrl) ?? project.databaseUrl
    const target = url ? await serverOf(url) : undefined
    return {
      project,
      tell: options.tell ?? (() => {}),
      ...(url && target && {targetUrl: url, target}),
      shadow(extensions, isolated) {
        const key = JSON.stringify([url, isolated])
        let shadow = shadows.get(key)
        if (!shadow) {
          shadow = open(project, target ? url : undefined, target, extensions, isolated)
          shadows.set(key, shadow)
        }
        return shadow
      },
    }
  }
  return {
    project,
    difference: async (asked) => difference(asked, await workplace([asked.from, asked.to])),
    functions: async ({url, prove}) => functionsDifference(url, prove, await workplace([url])),
    async close() {
      for (const shadow of shadows.values()) await shadow.then((one) => one.close()).catch(() => {})
    },
  }
}

/** Whether it can be reached decides nothing here: the side that needs it says so itself. */
async function serverOf(url: string): Promise<Server | undefined> {
  const {connect} = await import('../postgres/native.ts')
  try {
    const db = await connect(url)
    await db.close()
    return db.server
  } catch {
    return undefined
  }
}

async function open(
  project: Project,
  targetUrl: string | undefined,
  target: Server | undefined,
  extensions: readonly string[],
  isolated: boolean,
): Promise<Shadow> {
  const {openShadow} = await import('../shadow/open.ts')
  return openShadow({
    want: project.settings.shadow,
    ...(project.shadowUrl && {shadowUrl: project.shadowUrl}),
    ...(targetUrl && {targetUrl}),
    ...(target && {major: target.major}),
    extensions,
    isolated,
  })
}

