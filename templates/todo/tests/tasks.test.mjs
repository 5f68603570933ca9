// What functions and policies promise, asked as the page asks: over HTTP. While `pgext dev` runs: node --test
import assert from 'node:assert/strict'
import {after, test} from 'node:test'

const PAGE = process.env.PAGE ?? 'http://127.0.0.1:8080'
const MARK = `made by a test ${process.pid}`

async function ask(path, {token, method = 'GET', body} = {}) {
  const answer = await fetch(`${PAGE}/rest${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      prefer: 'return=representation',
      ...(token && {authorization: `Bearer ${token}`}),
    },
    ...(body && {body: JSON.stringify(body)}),
  })
  const text = await answer.text()
  return {status: answer.status, value: text && JSON.parse(text)}
}

const call = (name, body, token) => ask(`/rpc/${name}`, {token, method: 'POST', body})
const signIn = async (name) => (await call('sign_in', {name, password: name})).value.token

after(async () => {
  for (const name of ['ada', 'grace'])
    await ask(`/tasks?title=eq.${encodeURIComponent(MARK)}`, {token: await signIn(name), method: 'DELETE'})
})

test('sign_in: who knows the password gets a token', async () => {
  const {status, value} = await call('sign_in', {name: 'ada', password: 'ada'})
  assert.equal(status, 200)
  assert.equal(value.name, 'ada')
  const claims = JSON.parse(Buffer.from(value.token.split('.')[1], 'base64url'))
  assert.equal(claims.role, 'authenticated')
})

test('sign_in: nobody else does', async () => {
  for (const body of [{name: 'ada', password: 'grace'}, {name: 'nobody', password: ''}]) {
    const {status, value} = await call('sign_in', body)
    assert.equal(status, 401)
    assert.equal(value.message, 'wrong name or password')
  }
})

test('token_for: is not to be called from outside', async () => {
  const person = '00000000-0000-4000-8000-000000000000'
  assert.equal((await call('token_for', {person})).status, 401)
  assert.equal((await call('token_for', {person}, await signIn('ada'))).status, 403)
})

test('complete_task: marks one task of mine', async () => {
  const token = await signIn('ada')
  const {value: [task]} = await ask('/tasks', {token, method: 'POST', body: {title: MARK}})
  assert.equal(task.completed, false)
  const {value} = await call('complete_task', {task_id: task.id}, token)
  assert.equal(value.completed, true)
  assert.ok(value.updated_at > task.updated_at)
})

test('tasks: nobody sees or changes those of others', async () => {
  const [ada, grace] = [await signIn('ada'), await signIn('grace')]
  const {value: [task]} = await ask('/tasks', {token: ada, method: 'POST', body: {title: MARK}})
  assert.deepEqual((await ask(`/tasks?id=eq.${task.id}`, {token: grace})).value, [])
  await call('complete_task', {task_id: task.id}, grace)
  const {value: [still]} = await ask(`/tasks?id=eq.${task.id}`, {token: ada})
  assert.equal(still.completed, false)
  assert.equal((await ask('/tasks')).status, 401)
})

test('tasks: a title is needed', async () => {
  const {status} = await ask('/tasks', {token: await signIn('ada'), method: 'POST', body: {title: ''}})
  assert.equal(status, 400)
})
