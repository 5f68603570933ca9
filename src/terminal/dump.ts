// What a dump is asked for on the command line in, the request and the words about its result out.
import {Flags} from '@oclif/core'
import type {Settings} from '../project/model.ts'
import type {Dumped} from '../walk/model.ts'
import {count} from './difference.ts'
import type {Paint} from './paint.ts'

export const splitFlag = Flags.option({
  options: ['none', 'kind', 'schema'] as const,
  default: 'none',
  helpValue: 'HOW',
  description: 'none (default): schema.sql; kind, schema: files in schema/, by kind of object or by schema',
})()

export const functionsFlag = Flags.option({
  options: ['files', 'one', 'schema'] as const,
  helpValue: 'WHERE',
  description: 'files (default): functions/, a file a name; one: functions/functions.sql; schema: among the rest',
})()

export const rolesFlag = Flags.boolean({description: 'write CREATE ROLE for the roles that the schema speaks of'})

export const proveDumpFlag = Flags.boolean({
  allowNo: true,
  default: true,
  // indented as flags without a letter are
  helpLabel: '    --no-prove',
  description: 'do not load the files once to see that they make the same schema',
})

export function provenLine({proven}: Dumped, paint: Paint): string {
  return proven === null ? '' : `${paint('green', 'proven')} on PostgreSQL ${proven}: the files make the same schema again`
}

export function writtenLines({files}: Dumped, paint: Paint): string[] {
  const schema = files.filter((file) => !file.holdsFunctions)
  const functions = files.filter((file) => file.holdsFunctions)
  return [
    ...schema.map(
      ({path, text}) => `${paint('green', 'wrote')} ${path}${paint('dim', `  ${count(text.split('\n').length - 1, 'line')}`)}`,
    ),
    ...(functions.length === 0
      ? []
      : [
          `${paint('green', 'wrote')} ${count(functions.length, 'file')} of functions${paint('dim', `  ${functions[0]!.path}${functions.length > 1 ? ', …' : ''}`)}`,
        ]),
  ]
}

/** The files where the project's settings have them. */
export function placedBy({files}: Dumped, {schema, functions}: Settings): Dumped['files'] {
  const file = schema.find((path) => path.endsWith('.sql')) ?? 'schema.sql'
  const folder = schema.find((path) => !path.endsWith('.sql')) ?? 'schema'
  return files.map((one) => {
    if (one.path === 'schema.sql') return {...one, path: file}
    const [top = '', ...rest] = one.path.split('/')
    return {...one, path: [one.holdsFunctions ? functions : top === 'schema' ? folder : top, ...rest].join('/')}
  })
}

/** Those that the project would not load. */
export function unread(files: Dumped['files'], {schema}: Settings): Dumped['files'] {
  return files.filter(
    ({path, holdsFunctions}) => !holdsFunctions && !schema.some((one) => path === one || path.startsWith(`${one}/`)),
  )
}
