// A folder of logs that pgext wrote and a source in, all of its bytes out, the oldest first.
import type {FileHandle} from 'node:fs/promises'
import {type FileOptions, openIfThere, piecesOf} from './file.ts'
import type {Piece} from './model.ts'
import {fileOf, KEPT} from './rotation.ts'

/** Opened from the newest to the oldest: one that is put aside meanwhile is met twice, and none is missed. */
export async function* ownPieces(
  folder: string,
  source: string,
  {follow, since, signal}: FileOptions & {readonly since?: number},
): AsyncGenerator<Piece> {
  const opened: {readonly file: FileHandle; readonly path: string}[] = []
  const inodes = new Set<number>()
  for (let number = 0; number <= KEPT; number++) {
    const path = fileOf(folder, source, number)
    const file = await openIfThere(path)
    if (!file) continue
    const {ino, mtimeMs} = await file.stat()
    if (inodes.has(ino) || (number > 0 && since !== undefined && mtimeMs < since)) await file.close()
    else opened.unshift({file, path})
    inodes.add(ino)
  }
  const current = fileOf(folder, source)
  const hasCurrent = opened.at(-1)?.path === current
  for (const {file, path} of hasCurrent ? opened.slice(0, -1) : opened) {
    yield* piecesOf(path, {opened: file, ...(signal && {signal})})
    yield 'over'
  }
  const aside = Array.from({length: KEPT}, (_, number) => fileOf(folder, source, number + 1))
  const options = {follow: follow === true, aside, ...(signal && {signal})}
  yield* piecesOf(current, hasCurrent ? {...options, opened: opened.at(-1)!.file} : options)
}
