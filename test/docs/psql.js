// A URL and SQL on stdin in, that SQL run: what the pages need of psql, where there is none. Of dist/, as built.
import {text} from 'node:stream/consumers'
import {connect} from '../../dist/postgres/native.js'

const db = await connect(process.argv.slice(2).find((word) => word.startsWith('postgres')))
try {
  await db.script(await text(process.stdin))
} catch (error) {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 3
} finally {
  await db.close()
}
