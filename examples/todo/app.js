// A name in, the tasks that it may see out: as they are, whoever changes them.
const [signIn, add, list, empty, status, typing, error] = ['sign-in', 'add', 'tasks', 'empty', 'status', 'typing', 'error'].map(
  (id) => document.getElementById(id),
)
let name

async function post(path, body = {}) {
  const answer = await fetch(path, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify({name, ...body}),
  })
  const text = await answer.text()
  error.textContent = answer.ok ? '' : text
  if (!answer.ok) throw new Error(text)
  return text
}

function item(task) {
  const isOwn = task.owner === name
  const box = Object.assign(document.createElement('input'), {type: 'checkbox', checked: task.done, disabled: !isOwn})
  box.addEventListener('change', () => post('/mark', {id: task.id, done: box.checked}))
  const label = document.createElement('label')
  const who = document.createElement('small')
  who.textContent = isOwn ? (task.helper ? `with ${task.helper}` : '') : `for ${task.owner}`
  label.append(box, task.title, who)
  const line = document.createElement('li')
  line.classList.toggle('done', task.done)
  line.append(label)
  if (isOwn) {
    const remove = Object.assign(document.createElement('button'), {textContent: '✕', ariaLabel: 'remove'})
    remove.addEventListener('click', () => post('/remove', {id: task.id}))
    line.append(remove)
  }
  return line
}

function show(tasks) {
  const sorted = tasks.toSorted((a, b) => a.done - b.done || (a.created_at < b.created_at ? -1 : 1))
  list.replaceChildren(...sorted.map(item))
  empty.hidden = tasks.length > 0
}

signIn.addEventListener('submit', async (event) => {
  event.preventDefault()
  name = new FormData(signIn).get('name')
  signIn.hidden = true
  add.hidden = false
  const {realtime} = await (await fetch('/settings')).json()
  const {connect} = await import(`${realtime}/client.js`)
  // asked again before it expires
  const client = connect(realtime, {token: () => post('/token')})
  client.on('status', (is) => {
    status.textContent = is === 'open' ? name : is
  })
  client.on('error', ({message}) => {
    error.textContent = message
  })
  client.table('tasks').snapshot().on('change', show)

  const channel = client.channel('typing')
  let until
  channel.on('message', (who) => {
    if (who === name) return
    typing.textContent = `${who} is writing …`
    clearTimeout(until)
    until = setTimeout(() => typing.replaceChildren(), 2000)
  })
  let last = 0
  add.addEventListener('input', () => {
    if (Date.now() - last < 1000) return
    last = Date.now()
    channel.publish(name).catch(() => {})
  })
})

add.addEventListener('submit', async (event) => {
  event.preventDefault()
  const task = Object.fromEntries(new FormData(add))
  add.reset()
  await post('/add', task).catch(() => {})
})
