// The tools whose histories can be taken over, by name; a project in, which of them have been at work in it out.
import {resolve} from 'node:path'
import type {Db} from '../postgres/db.ts'
import type {Project} from '../project/model.ts'
import {prisma} from './prisma.ts'
import {supabase} from './supabase.ts'
import type {Tool, ToolName} from './tool.ts'

export const TOOLS: Readonly<Record<ToolName, Tool>> = {supabase, prisma}

export interface FoundTool {
  readonly tool: ToolName
  readonly title: string
  readonly folder: string
  readonly files: number
  readonly table: string
  /** undefined: the database has no such table */
  readonly applied?: number
}

/** Those that have files here, or a table there. */
export async function findTools({folder}: Project, db: Db): Promise<FoundTool[]> {
  const found: FoundTool[] = []
  for (const tool of Object.values(TOOLS)) {
    const {files} = await tool.read(resolve(folder, tool.folder), tool.folder)
    const rows = await tool.rows(db)
    if (files.length === 0 && !rows) continue
    const applied = rows?.filter(({state}) => state === 'applied').length
    const {name, title, table} = tool
    found.push({tool: name, title, folder: tool.folder, files: files.length, table, ...(applied !== undefined && {applied})})
  }
  return found
}
