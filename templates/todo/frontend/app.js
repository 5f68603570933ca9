// The tasks of whoever the token names, through PostgREST.
const API = 'http://127.0.0.1:3000'
const [signIn, add, list, error] = ['sign-in', 'add', 'tasks', 'error'].map((id) => document.getElementById(id))

async function call(path, options = {}) {
  const headers = {authorization: `Bearer ${sessionStorage.token}`, 'content-type': 'application/json'}
  const answer = await fetch(`${API}${path}`, {...options, headers})
  const body = await answer.text()
  if (!answer.ok) throw new Error(body ? JSON.parse(body).message : answer.statusText)
  return body ? JSON.parse(body) : undefined
}

function item(task) {
  const label = document.createElement('label')
  const box = document.createElement('input')
  box.type = 'checkbox'
  box.checked = task.completed
  box.disabled = task.completed
  box.addEventListener('change', () => show(call('/rpc/complete_task', {method: 'POST', body: JSON.stringify({task_id: task.id})})))
  label.append(box, ` ${task.title}`)
  label.classList.toggle('done', task.completed)
  const line = document.createElement('li')
  line.append(label)
  return line
}

/** Waits for what is under way, then shows the tasks as they are. */
async function show(work) {
  error.textContent = ''
  try {
    await work
    const tasks = await call('/tasks?order=completed,created_at')
    list.replaceChildren(...tasks.map(item))
    signIn.hidden = true
    add.hidden = false
  } catch (problem) {
    error.textContent = problem.message
  }
}

signIn.addEventListener('submit', (event) => {
  event.preventDefault()
  sessionStorage.token = new FormData(signIn).get('token')
  show()
})

add.addEventListener('submit', (event) => {
  event.preventDefault()
  const title = new FormData(add).get('title')
  add.reset()
  show(call('/tasks', {method: 'POST', body: JSON.stringify({title})}))
})

if (sessionStorage.token) show()
