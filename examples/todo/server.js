// Writes in, and names that become tokens. What changes is told by `pgext serve`: this server keeps nothing, and knows no sockets.
import {createHmac} from 'node:crypto'
import {readFile} from 'node:fs/promises'
import {createServer} from 'node:http'
import {pathToFileURL} from 'node:url'
import postgres from 'postgres'

const FILES = {'/': ['index.html', 'text/html'], '/app.js': ['app.js', 'text/javascript'], '/app.css': ['app.css', 'text/css']}
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Whoever says a name has it: a real server looks for a password first. */
function tokenOf(name, secret) {
  const text = `${part({alg: 'HS256'})}.${part({role: 'todo_user', sub: name, exp: Math.floor(Date.now() / 1000) + 600})}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

/** As PostgREST does it: role and claims for one transaction, and PostgreSQL decides. */
function as(sql, name, work) {
  return sql.begin(async (sql) => {
    await sql`select set_config('role', 'todo_user', true), set_config('request.jwt.claims', ${JSON.stringify({sub: name})}, true)`
    return work(sql)
  })
}

const DOING = {
  add: (sql, {title, helper}) => sql`insert into tasks (title, helper) values (${title}, ${helper || null})`,
  mark: (sql, {id, done}) => sql`update tasks set done = ${done} where id = ${id}`,
  remove: (sql, {id}) => sql`delete from tasks where id = ${id}`,
}

/** @param realtime where `pgext serve` is */
export function open({url, secret, realtime, port = 8080}) {
  const sql = postgres(url, {onnotice: () => {}})
  const server = createServer(async (request, response) => {
    const answer = (status, text, type = 'text/plain') => {
      response.writeHead(status, {'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store'})
      response.end(text)
    }
    try {
      const {pathname} = new URL(request.url, 'http://localhost')
      const file = FILES[pathname]
      if (request.method === 'GET' && file) return answer(200, await readFile(new URL(file[0], import.meta.url)), file[1])
      if (request.method === 'GET' && pathname === '/settings') return answer(200, JSON.stringify({realtime}), 'application/json')
      // pages of other places can't send this kind without asking
      if (request.method !== 'POST' || request.headers['content-type'] !== 'application/json')
        return answer(404, 'there is nothing here')
      let text = ''
      for await (const chunk of request) text += chunk
      const {name, ...body} = JSON.parse(text)
      if (pathname === '/token') return answer(200, tokenOf(String(name), secret))
      const work = Object.hasOwn(DOING, pathname.slice(1)) && DOING[pathname.slice(1)]
      if (!work) return answer(404, 'there is nothing here')
      await as(sql, String(name), (sql) => work(sql, body))
      answer(204)
    } catch (error) {
      answer(400, error.message)
    }
  })
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () =>
      resolve({
        port: server.address().port,
        close: async () => {
          server.closeAllConnections()
          server.close()
          await sql.end()
        },
      }),
    )
  })
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const {DATABASE_URL, PGEXT_JWT_SECRET} = process.env
  const {port} = await open({url: DATABASE_URL, secret: PGEXT_JWT_SECRET, realtime: 'http://127.0.0.1:3001'})
  console.log(`http://127.0.0.1:${port}`)
}
