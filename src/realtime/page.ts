// Nothing in; what the server gives to browsers out: the test page, and the client that it speaks with.
import {readFile} from 'node:fs/promises'
import {fileURLToPath} from 'node:url'
import type {Page} from './http.ts'

const read = (path: string): Promise<string> => readFile(fileURLToPath(new URL(path, import.meta.url)), 'utf8')

/** By path. */
export async function readPages(): Promise<ReadonlyMap<string, Page>> {
  const [page, client] = await Promise.all([
    read('../../templates/realtime/index.html'),
    // in dist/ it is a file of JavaScript, as this one is then
    read('../client/index.js').catch(() => undefined),
  ])
  return new Map([
    ['/', {type: 'text/html', text: page}],
    ...(client === undefined ? [] : ([['/client.js', {type: 'text/javascript', text: client}]] as const)),
  ])
}
