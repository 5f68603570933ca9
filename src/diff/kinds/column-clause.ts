// A column in; what CREATE TABLE and ADD COLUMN say of it, out.
import {quoteName} from '../../postgres/quote.ts'
import type {CatalogObject} from '../model.ts'
import type {ColumnBody} from './column.ts'
import {identityOptions} from './identity.ts'
import {notNullOf} from './not-null-name.ts'

interface Clause {
  /** the table's type (OF) says what type it has */
  readonly typed?: boolean
  /** NOT NULL by its name, as PostgreSQL would choose another while the table that stepped aside has one of that name */
  readonly named?: boolean
}

export function columnClause(c: CatalogObject<ColumnBody>, expression?: string, {typed, named}: Clause = {}): string {
  const {body} = c
  return [
    quoteName(c.name[2]!),
    !typed && body.type,
    body.compression && `COMPRESSION ${body.compression}`,
    body.collation && `COLLATE ${body.collation}`,
    body.generated && `GENERATED ALWAYS AS (${body.generated.expression}) ${body.generated.stored ? 'STORED' : 'VIRTUAL'}`,
    expression !== undefined && `DEFAULT ${expression}`,
    body.identity && `GENERATED ${body.identity.when} AS IDENTITY${identityOptions(c, body.identity)}`,
    (body.notNullName || (body.notNull && named)) && `CONSTRAINT ${notNullOf(c, body.notNullName)}`,
    body.notNull && `NOT NULL${body.notNullNoInherit ? ' NO INHERIT' : ''}`,
  ]
    .filter(Boolean)
    .join(' ')
}
