// What somebody asks for in; what the server tells of it out. All that came from outside is put in as text.
import {connect} from './client.js'

const MOST_EVENTS = 300
const MOST_ROWS = 200

const [status, watches, events] = ['status', 'watches', 'events'].map((id) => document.getElementById(id))
let client

function make(tag, text, attributes = {}) {
  const element = document.createElement(tag)
  if (text !== undefined) element.textContent = text
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  return element
}

/** The newest stands first, and what is old goes. */
function tell(kind, name, what) {
  const item = make('li', undefined, {'data-is': kind})
  const text = what === undefined ? name : `${name}  ${typeof what === 'string' ? what : JSON.stringify(what)}`
  item.append(make('time', new Date().toTimeString().slice(0, 8)), make('b', kind), make('span', text))
  events.prepend(item)
  while (events.childElementCount > MOST_EVENTS) events.lastChild.remove()
}

/** A place for what is watched, that says what it is and can be closed. */
function card(title, close) {
  const box = make('div', undefined, {class: 'watch'})
  const heading = make('h2', title)
  const button = make('button', 'Stop', {type: 'button'})
  const body = make('div', undefined, {class: 'scroll'})
  const end = () => {
    box.remove()
    close()
  }
  button.addEventListener('click', end)
  heading.append(button)
  box.append(heading, body)
  watches.prepend(box)
  return {body, end}
}

function cell(value) {
  if (value === null) return make('td', 'null', {class: 'null'})
  return make('td', typeof value === 'object' ? JSON.stringify(value) : String(value))
}

function show(body, rows) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const table = make('table')
  const head = make('tr')
  head.append(...columns.map((name) => make('th', name)))
  table.append(head)
  for (const row of rows.slice(0, MOST_ROWS)) {
    const line = make('tr')
    line.append(...columns.map((name) => (name in row ? cell(row[name]) : make('td'))))
    table.append(line)
  }
  const count = rows.length > MOST_ROWS ? `${MOST_ROWS} of ${rows.length} rows` : rows.length === 1 ? '1 row' : `${rows.length} rows`
  body.replaceChildren(make('p', count, {class: 'hint'}), table)
}

/** Not more than once a frame, however much comes in. */
function later(work) {
  let waiting
  return (value) => {
    if (waiting === undefined) requestAnimationFrame(() => {
      work(waiting.value)
      waiting = undefined
    })
    waiting = {value}
  }
}

function start(token) {
  client?.close()
  watches.replaceChildren()
  client = connect(location.origin, token ? {token} : {})
  const become = (is) => {
    status.textContent = is
    status.dataset.is = is
  }
  become(client.status)
  client.on('status', become).on('error', (error) => tell('error', error.code, error.message))
}

function watchTable({table: name, filter, columns, rows: wantsRows}) {
  const list = columns.split(',').map((column) => column.trim()).filter(Boolean)
  const options = {...(filter && {filter}), ...(list.length > 0 && {columns: list})}
  const table = client.table(name, options)
  const title = filter ? `${name} · ${filter}` : name
  const rows = wantsRows ? table.snapshot() : undefined
  const {body, end} = card(title, () => {
    table.close()
    rows?.close()
  })
  const failed = (error) => {
    tell('error', title, `${error.code}: ${error.message}`)
    end()
  }
  rows?.on('change', later((now) => show(body, now))).on('error', (error) => {
    if (body.isConnected) failed(error)
  })
  table
    .on('*', ({op, row, key, changed}) => tell(op, title, op === 'UPDATE' && changed ? {...key, ...pick(row, changed)} : (row ?? key)))
    .on('gone', ({reason}) => tell('gone', title, reason))
    .on('warning', ({message}) => tell('warning', title, message))
    .on('error', (error) => {
      if (body.isConnected) failed(error)
    })
}

const pick = (row, names) => Object.fromEntries(names.map((name) => [name, row[name]]))

function watchQuery({name, params}) {
  const query = client.query(name, params ? JSON.parse(params) : undefined)
  const {body, end} = card(params ? `${name} · ${params}` : name, () => query.close())
  query
    .on('rows', later((rows) => show(body, rows)))
    .on('warning', ({message}) => tell('warning', name, message))
    .on('error', (error) => {
      tell('error', name, `${error.code}: ${error.message}`)
      if (error.code !== 'failed') end()
    })
}

function listen(name) {
  const channel = client.channel(name)
  const {body, end} = card(`channel ${name}`, () => channel.close())
  channel
    .on('listening', () => body.replaceChildren(make('p', 'listening', {class: 'hint'})))
    .on('message', (payload) => tell('message', name, payload))
    .on('gone', ({reason}) => tell('gone', name, reason))
    .on('error', (error) => {
      tell('error', name, `${error.code}: ${error.message}`)
      end()
    })
}

/** JSON where it is, else a text. */
function payloadOf(text) {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function onSubmit(id, work) {
  const form = document.getElementById(id)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (!client) start()
    try {
      work(Object.fromEntries(new FormData(form)), event.submitter?.value)
    } catch (error) {
      tell('error', id, error.message)
    }
  })
}

onSubmit('connect', ({token}) => {
  start(token.trim())
  document.querySelector('#connect input').value = ''
})
onSubmit('table', watchTable)
onSubmit('query', watchQuery)
onSubmit('channel', ({channel, payload}, button) => {
  if (button === 'publish') client.channel(channel).publish(payloadOf(payload)).catch((error) => tell('error', channel, `${error.code}: ${error.message}`))
  else listen(channel)
})
document.getElementById('clear').addEventListener('click', () => events.replaceChildren())
