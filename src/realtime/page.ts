// Nothing in; what the server gives to browsers out: the test page, and the client that it speaks with.
import {readFile} from 'node:fs/promises'
import {fileURLToPath} from 'node:url'
import type {Page} from './http.ts'

const read = (path: string): Promise<string> => readFile(fileURLToPath(new URL(path, import.meta.url)), 'utf8')

/** By path. */
export async function readPages(): Promise<ReadonlyMap<string, Page>> {
  const own = async (name: string, type: string) => ({type, text: await read(`../../templates/realtime/${name}`)})
  const [page, script, style, client] = await Promise.all([
    own('index.html', 'text/html'),
    own('page.js', 'text/javascript'),
    own('page.css', 'text/css'),
    // the build makes it: without one there is none
    read('../../dist/client.js').catch(() => undefined),
  ])
  return new Map<string, Page>([
    ['/', page],
    ['/page.js', script],
    ['/page.css', style],
    ...(client === undefined ? [] : [['/client.js', {type: 'text/javascript', text: client, isShared: true}] as const]),
  ])
}
