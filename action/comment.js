// A text and a pull request in; one comment there, made once and kept up to date, out. Without the right to write it, a notice says so.

/** milliseconds before the same is asked once more */
const PAUSE = 1000

/** @returns {Promise<string | undefined>} the comment's address */
export async function comment({text, marker, isQuiet, event, token, env}) {
  const number = event.pull_request?.number
  if (!number) return undefined
  if (!token) return left('there is no token')
  const api = `${env.GITHUB_API_URL || 'https://api.github.com'}/repos/${env.GITHUB_REPOSITORY}/issues`
  const ask = asking(token)
  try {
    const old = await find(`${api}/${number}/comments`, marker, ask, env)
    // nothing to say, and nothing said before that would be wrong now
    if (!old && isQuiet) return undefined
    if (old?.body === text) return old.html_url
    const made = old
      ? await ask('PATCH', `${api}/comments/${old.id}`, {body: text})
      : await ask('POST', `${api}/${number}/comments`, {body: text})
    return made.html_url
  } catch (error) {
    // a pull request from a fork has a token that only reads
    return left(error.message)
  }
}

function left(why) {
  console.log(`::notice title=pgext::No comment was written on the pull request (${why}): it stands in the summary of the job`)
  return undefined
}

/** Somebody else may have copied the mark: only what a bot wrote is taken for ours, or what this token's user did. */
async function find(url, marker, ask, env) {
  const marked = []
  for (let page = 1; ; page++) {
    const found = await ask('GET', `${url}?per_page=100&page=${page}`)
    marked.push(...found.filter(({body}) => body?.startsWith(marker)))
    if (found.length < 100) break
  }
  const own = marked.find(({user}) => user?.type === 'Bot')
  if (own || marked.length === 0) return own
  const me = await ask('GET', `${env.GITHUB_API_URL || 'https://api.github.com'}/user`).catch(() => undefined)
  return marked.find(({user}) => me && user?.login === me.login)
}

function asking(token) {
  const once = (method, url, body) =>
    fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
        ...(body && {'content-type': 'application/json'}),
      },
      ...(body && {body: JSON.stringify(body)}),
    })
  return async (method, url, body) => {
    let answer = await once(method, url, body).catch(() => undefined)
    // asked again, a POST that has come through would stand there twice
    if (method !== 'POST' && (!answer || answer.status >= 500)) {
      await new Promise((go) => setTimeout(go, PAUSE))
      answer = await once(method, url, body).catch(() => undefined)
    }
    if (!answer) throw new Error('GitHub does not answer')
    if (!answer.ok) throw new Error(`GitHub answered ${answer.status} to ${method}`)
    return answer.json()
  }
}
