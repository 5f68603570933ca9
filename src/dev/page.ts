// A folder in, its files served out as they are now; pages among them look again when a file has changed.

import {existsSync} from 'node:fs'
import {readFile} from 'node:fs/promises'
import type {IncomingMessage, ServerResponse} from 'node:http'
import {join, normalize, sep} from 'node:path'
import sirv from 'sirv'

export interface Page {
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>
}

/** @param script the address of what pages load to be told of changes */
export function openPage(folderNow: () => string, script: string): Page {
  let served: {readonly folder: string; readonly files: ReturnType<typeof sirv>} | undefined
  /** it may be made later, and pgext.json may name another */
  const filesIn = (folder: string) => {
    if (served?.folder !== folder) served = undefined
    if (!served && existsSync(folder)) served = {folder, files: sirv(folder, {dev: true, etag: true, dotfiles: false})}
    return served?.files
  }
  const end = `<script type="module" src="${script}"></script>`
  return {
    async serve(request, response) {
      const folder = folderNow()
      const files = filesIn(folder)
      const html = await htmlOf(folder, request)
      if (html !== undefined) {
        response.writeHead(200, {'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store'})
        response.end(request.method === 'HEAD' ? undefined : withScript(html, end))
        return
      }
      const absent = () => {
        response.writeHead(404, {'content-type': 'text/plain; charset=utf-8'})
        response.end(
          files ? 'there is no such file\n' : 'there is no front end: make a folder frontend, or name one in pgext.json\n',
        )
      }
      if (files && !isHidden(request.url)) files(request, response, absent)
      else absent()
    },
  }
}

/** The text of the page that is asked for; undefined: it is none. */
async function htmlOf(folder: string, {url = '/', method}: IncomingMessage): Promise<string | undefined> {
  if (method !== 'GET' && method !== 'HEAD') return undefined
  const path = pathIn(url)
  if (path === undefined || isHidden(url)) return undefined
  for (const name of path.endsWith('/')
    ? [`${path}index.html`]
    : path.endsWith('.html')
      ? [path]
      : [`${path}.html`, `${path}/index.html`]) {
    const file = normalize(join(folder, name))
    if (!file.startsWith(folder + sep)) continue
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text !== undefined) return text
  }
  return undefined
}

/** `.env` is nobody's; sirv gives it out where files are looked up as they are asked for. */
function isHidden(url = '/'): boolean {
  const path = pathIn(url)
  return path === undefined || path.split(/[\\/]/).some((part) => part.startsWith('.') && part !== '.well-known')
}

function pathIn(url: string): string | undefined {
  try {
    return decodeURIComponent(url.split('?')[0]!)
  } catch {
    return undefined
  }
}

function withScript(html: string, script: string): string {
  const at = html.toLowerCase().lastIndexOf('</body>')
  return at === -1 ? `${html}\n${script}\n` : `${html.slice(0, at)}${script}\n${html.slice(at)}`
}
