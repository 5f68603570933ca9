// The tasks of whoever is signed in: written by the API, read as they change. There is no list to reload: what changes comes by itself.
import {connect} from '/events/client.js'

const [who, signOut, signIn, add, error, list, empty] = ['who', 'sign-out', 'sign-in', 'add', 'error', 'tasks', 'empty'].map((id) =>
  document.getElementById(id),
)
let client

/** PostgREST: `POST /tasks` adds, `PATCH /tasks?id=eq.…` changes, `/rpc/…` calls a function. */
async function call(method, path, body) {
  error.textContent = ''
  const answer = await fetch(`/rest${path}`, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(sessionStorage.token && {authorization: `Bearer ${sessionStorage.token}`}),
    },
    body: JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) {
    error.textContent = text ? JSON.parse(text).message : answer.statusText
    throw new Error(error.textContent)
  }
  return text ? JSON.parse(text) : undefined
}

function item(task) {
  const box = Object.assign(document.createElement('input'), {type: 'checkbox', checked: task.completed})
  box.addEventListener('change', () => call('PATCH', `/tasks?id=eq.${task.id}`, {completed: box.checked}))
  const label = document.createElement('label')
  label.append(box, task.title)
  const remove = Object.assign(document.createElement('button'), {type: 'button', textContent: '✕', ariaLabel: 'remove'})
  remove.addEventListener('click', () => call('DELETE', `/tasks?id=eq.${task.id}`))
  const line = document.createElement('li')
  line.classList.toggle('done', task.completed)
  line.append(label, remove)
  return line
}

function show(tasks) {
  const sorted = tasks.toSorted((a, b) => a.completed - b.completed || (a.created_at < b.created_at ? -1 : 1))
  list.replaceChildren(...sorted.map(item))
  empty.hidden = tasks.length > 0
}

function enter() {
  const isIn = sessionStorage.token !== undefined
  signIn.hidden = isIn
  add.hidden = signOut.hidden = !isIn
  who.textContent = isIn ? sessionStorage.name : ''
  list.replaceChildren()
  empty.hidden = true
  client?.close()
  if (!isIn) return
  client = connect('/events', {token: () => sessionStorage.token})
  client.on('error', ({message}) => {
    error.textContent = message
  })
  client.table('tasks').snapshot().on('change', show)
}

signIn.addEventListener('submit', async (event) => {
  event.preventDefault()
  const name = event.submitter.value
  // a page for people would ask for it
  const {token} = await call('POST', '/rpc/sign_in', {name, password: name})
  Object.assign(sessionStorage, {token, name})
  enter()
})

signOut.addEventListener('click', () => {
  sessionStorage.clear()
  enter()
})

add.addEventListener('submit', async (event) => {
  event.preventDefault()
  const {title} = Object.fromEntries(new FormData(add))
  add.reset()
  await call('POST', '/tasks', {title})
})

enter()
