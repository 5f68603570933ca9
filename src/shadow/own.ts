// A statement of a file in; whether it is about what pgext keeps for itself, and what to say then, out.
import {OWN_EXTENSION, OWN_PUBLICATION} from '../diff/address.ts'
import type {Statement} from '../postgres/statements.ts'
import type {Placement} from './place.ts'

/** undefined: it is not. */
export function ofOwn({kind, node}: Statement): Placement | undefined {
  if (isOwnExtension({kind, node}))
    return {skip: `a statement about extension ${OWN_EXTENSION} was skipped: it is pgext's own, and never compared`}
  return publicationOf({kind, node}).includes(OWN_PUBLICATION)
    ? {
        refuse: `the publication ${OWN_PUBLICATION} is pgext's own: it holds what realtime tables publish`,
        hint: `give yours another name; which tables are realtime says the publication pg_events`,
      }
    : undefined
}

export function isOwnExtension({kind, node}: Pick<Statement, 'kind' | 'node'>): boolean {
  if (kind === 'CreateExtensionStmt' || kind === 'AlterExtensionStmt') return node.extname === OWN_EXTENSION
  return kind === 'CommentStmt' && node.objtype === 'OBJECT_EXTENSION' && node.object?.String?.sval === OWN_EXTENSION
}

/** The publication that it is about, by its names before and after. */
function publicationOf({kind, node}: Pick<Statement, 'kind' | 'node'>): string[] {
  if (kind === 'CreatePublicationStmt' || kind === 'AlterPublicationStmt') return [node.pubname]
  if (kind === 'RenameStmt' && node.renameType === 'OBJECT_PUBLICATION') return [node.object?.String?.sval, node.newname]
  if (kind === 'AlterOwnerStmt' && node.objectType === 'OBJECT_PUBLICATION') return [node.object?.String?.sval]
  return kind === 'CommentStmt' && node.objtype === 'OBJECT_PUBLICATION' ? [node.object?.String?.sval] : []
}
