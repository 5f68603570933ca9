// One origin in front of several services in; that each gets what is meant for it, pages hear of changes, and others are kept out.
import {mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises'
import {createServer, request, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import {WebSocket, WebSocketServer} from 'ws'
import {type Behind, type Front, openFront} from '../../src/dev/front.ts'

let folder: string
let front: Front
let origin: string
let service: Server
let sockets: WebSocketServer
let behind: Behind = {}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgext-front-'))
  await mkdir(join(folder, 'page/docs'), {recursive: true})
  await writeFile(join(folder, 'secret.txt'), 'not for you')
  await writeFile(join(folder, 'page/index.html'), '<body><p>hello</p></body>')
  await writeFile(join(folder, 'page/docs/index.html'), '<p>docs')
  await writeFile(join(folder, 'page/about.html'), '<p>about')
  await writeFile(join(folder, 'page/app.js'), 'let a = 1')
  await writeFile(join(folder, 'page/.env'), 'SECRET=1')
  await symlink(join(folder, 'page'), join(folder, 'link'))
  service = createServer((asked, answer) => {
    let body = ''
    asked.on('data', (text) => {
      body += text
    })
    asked.on('end', () =>
      answer.end(JSON.stringify({method: asked.method, url: asked.url, body, as: asked.headers.authorization})),
    )
  })
  sockets = new WebSocketServer({server: service})
  sockets.on('connection', (socket, {url}) => socket.on('message', (text) => socket.send(`${url} ${text}`)))
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  front = await openFront({port: 0, folder: () => join(folder, 'page'), behind: () => behind})
  origin = `http://127.0.0.1:${front.port}`
})
afterAll(async () => {
  await front?.close()
  sockets?.close()
  service?.closeAllConnections()
  service?.close()
  if (folder) await rm(folder, {recursive: true})
})

const address = () => `http://127.0.0.1:${(service.address() as AddressInfo).port}`

/** As it is written: fetch would tidy the path. */
function raw(path: string, host = `127.0.0.1:${front.port}`): Promise<{status: number; body: string}> {
  return new Promise((resolve, reject) => {
    const asking = request({host: '127.0.0.1', port: front.port, path, headers: {host}}, (response) => {
      let body = ''
      response.on('data', (text) => {
        body += text
      })
      response.on('end', () => resolve({status: response.statusCode!, body}))
    })
    asking.on('error', reject).end()
  })
}

describe('a page', () => {
  test('is served, with what tells it of changes; so are those below it', async () => {
    expect((await raw('/')).body).toMatch(/<p>hello<\/p><script type="module" src="\/_pgext\/reload.js"><\/script>\n<\/body>/)
    expect((await raw('/docs/')).body).toContain('<p>docs')
    expect((await raw('/about')).body).toContain('<p>about')
    expect((await raw('/app.js')).body).toBe('let a = 1')
    expect((await raw('/nothing')).status).toBe(404)
  })

  test('nothing above its folder is, and nothing hidden', async () => {
    for (const path of [
      '/../secret.txt',
      '/%2e%2e/secret.txt',
      '/docs/../../secret.txt',
      '/..%2fsecret.txt',
      '/.env',
      '/%2eenv',
      '/%00',
      '/%',
    ])
      expect((await raw(path)).body, path).not.toMatch(/not for you|SECRET/)
  })

  test('hears of each change once', async () => {
    const answer = await fetch(`${origin}/_pgext/reload`)
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
    expect((await reader.read()).value).toContain('retry:')
    front.reload()
    expect((await reader.read()).value).toBe('event: change\ndata: \n\n')
    await reader.cancel()
  })
})

describe('services', () => {
  test('that are not there are said to be so', async () => {
    behind = {}
    expect(await raw('/rest/tasks')).toMatchObject({status: 503, body: expect.stringContaining('rest is not there')})
    expect((await raw('/graphql')).status).toBe(404)
  })

  test('get what is below their name, with its method, body and token', async () => {
    behind = {rest: address(), graphql: {profile: 'public'}}
    const sent = await fetch(`${origin}/rest/tasks?id=eq.1`, {
      method: 'PATCH',
      body: '{"a":1}',
      headers: {authorization: 'Bearer x'},
    })
    expect(await sent.json()).toEqual({method: 'PATCH', url: '/tasks?id=eq.1', body: '{"a":1}', as: 'Bearer x'})
    expect(JSON.parse((await raw('/rest')).body).url).toBe('/')
    expect(JSON.parse((await raw('/graphql')).body).url).toBe('/rpc/graphql')
    expect(JSON.parse((await raw('/graphql?query=%7Ba%7D')).body).url).toBe('/rpc/graphql?query=%7Ba%7D')
    behind = {rest: address(), graphql: {profile: 'x', missing: 'no function'}}
    expect(await raw('/graphql')).toMatchObject({status: 503, body: expect.stringContaining('no function')})
  })

  test('that went away are a 502, and the page stays', async () => {
    behind = {rest: 'http://127.0.0.1:9'}
    expect((await raw('/rest/tasks')).status).toBe(502)
    expect((await raw('/')).status).toBe(200)
  })

  test('take websockets', async () => {
    behind = {events: address()}
    const socket = new WebSocket(`ws://127.0.0.1:${front.port}/events?token=1`)
    const answer = await new Promise((resolve, reject) => {
      socket.on('open', () => socket.send('hello'))
      socket.on('message', (text) => resolve(String(text)))
      socket.on('error', reject)
    })
    expect(answer).toBe('/?token=1 hello')
    socket.close()
  })

  test('the front end’s own program has all that is nobody else’s', async () => {
    behind = {frontend: address()}
    expect(JSON.parse((await raw('/src/main.ts?t=1')).body).url).toBe('/src/main.ts?t=1')
    const socket = new WebSocket(`ws://127.0.0.1:${front.port}/hmr`)
    await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject))
    socket.close()
    behind = {}
  })
})

test('a name of another place that leads here is sent away, by HTTP and by websocket', async () => {
  behind = {events: address(), rest: address()}
  expect((await raw('/', 'evil.example.com')).status).toBe(403)
  expect((await raw('/rest/tasks', `evil.example.com:${front.port}`)).status).toBe(403)
  expect((await raw('/', `app.localhost:${front.port}`)).status).toBe(200)
  const socket = new WebSocket(`ws://127.0.0.1:${front.port}/events`, {headers: {host: 'evil.example.com'}})
  await expect(new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject))).rejects.toThrow(/503/)
})
