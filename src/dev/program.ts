// A project in, the front end's own program (Vite …) as its settings name it out: another one, or none, when they do.
import type {Project} from '../project/model.ts'
import {start} from './child.ts'
import type {Log, Onlooker} from './model.ts'
import {heardFrom} from './said.ts'
import {type Supervised, supervise} from './supervise.ts'

export interface ProgramOptions {
  readonly project: () => Project
  /** where the stack's page is */
  readonly page: string
  readonly onlooker: Onlooker
  readonly log: Log
}

export interface Program {
  /** as the project's settings are now */
  follow(): Promise<void>
  close(): Promise<void>
}

export function openProgram(options: ProgramOptions): Program {
  const {project, page, onlooker} = options
  let running: {readonly wish: string; readonly program: Supervised} | undefined
  let isClosed = false
  const close = async () => {
    const was = running
    running = undefined
    await was?.program.stop()
  }
  return {
    async follow() {
      const {dev, url} = project().settings.frontend
      const wish = dev === undefined ? undefined : JSON.stringify([dev, url])
      if (wish === running?.wish) return
      await close()
      if (wish !== undefined && !isClosed) running = {wish, program: await begin(options)}
      // all was over meanwhile
      if (isClosed) return close()
      onlooker.service({name: 'frontend', state: 'ready', url: page, ...(dev !== undefined && {note: dev})})
    },
    async close() {
      isClosed = true
      await close()
    },
  }
}

function begin({project, page, onlooker, log}: ProgramOptions): Promise<Supervised> {
  const {folder, settings} = project()
  const {dev = '', url} = settings.frontend
  const shell = process.platform === 'win32' ? {command: 'cmd', flag: '/c'} : {command: '/bin/sh', flag: '-c'}
  return supervise({
    name: 'frontend',
    onlooker,
    ready: () => ({url: page, note: dev}),
    start: async (spawned) => {
      const child = start(
        {
          command: shell.command,
          args: [shell.flag, dev],
          env: {...process.env, ...(url && {PORT: new URL(url).port}), PGEXT_PAGE: page},
          folder,
          isGroup: true,
        },
        heardFrom('frontend', log),
      )
      spawned(child)
      return child
    },
  })
}
