// The modules of dist/client/ in; dist/client.js, all of them as one that a page can import as it is, out. Part of `npm run build`.
import {readFile, writeFile} from 'node:fs/promises'
import {fileURLToPath} from 'node:url'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const done = new Set()

/** A module behind those that it imports. Every import and export stands in a line of its own, and no text spans several. */
async function join(name) {
  if (done.has(name)) return ''
  done.add(name)
  const text = await readFile(`${dist}client/${name}`, 'utf8')
  let joined = ''
  const own = []
  for (const line of text.split('\n').map((line) => line.trim())) {
    const [, imported] = /^(?:import|export) .*from "\.\/(.+)";$/.exec(line) ?? []
    if (imported) joined += await join(imported)
    else if (line !== '' && !/^(\/\/|\/\*|\*)/.test(line)) own.push(line.replace(/^export (?!\{)/, ''))
  }
  return `${joined}${own.filter((line) => line !== 'export {};').join('\n')}\n`
}

const exported = /^export (?:class|function) (\w+)|^export \{ (\w+) \} from/gm
const names = [...(await readFile(`${dist}client/index.js`, 'utf8')).matchAll(exported)].map(([, own, other]) => own ?? other)
/** Names that nobody else can say need not be long. No text of the client holds such a one. */
const known = new Map()
function shortOf(name) {
  if (!known.has(name)) known.set(name, known.size.toString(36).replace(/^(?=\d)/, '_'))
  return known.get(name)
}
const joined = (await join('index.js'))
  .replace(/#(\w+)/g, (_, name) => `#${shortOf(name)}`)
  .replace(/;\n\}/g, '}')
  .replace(/([{;])\n/g, '$1')
await writeFile(`${dist}client.js`, `// pgext/client, for browsers\n${joined}export { ${names.join(', ')} };\n`)
