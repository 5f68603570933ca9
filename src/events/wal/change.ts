// A message of pgoutput in, the changes it stands for out.
import type {Change} from '../model.ts'
import type {Message} from './decode.ts'

type RowMessage = Extract<Message, {tag: 'insert' | 'update' | 'delete'}>

export function changesOf(message: RowMessage): Change[] {
  const shape = message.relation.shape!
  if (message.tag === 'insert') return [{kind: 'change', operation: 'INSERT', shape, row: message.row}]
  if (message.tag === 'delete') return [{kind: 'change', operation: 'DELETE', shape, old: message.before.row}]
  const {row, before} = message
  if (!before) return [{kind: 'change', operation: 'UPDATE', shape, row}]
  const isOther = shape.columns.some(({key}, at) => key && row[at] !== before.row[at])
  if (isOther) {
    return [
      {kind: 'change', operation: 'DELETE', shape, old: before.row},
      {kind: 'change', operation: 'INSERT', shape, row},
    ]
  }
  // a key that lies outside the row is sent again though it is the same: no old row for that
  return [{kind: 'change', operation: 'UPDATE', shape, row, ...(!before.isKey && {old: before.row})}]
}
