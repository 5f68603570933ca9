// What the files say of others' schemas in; what of it nobody compares and no plan makes out, a sentence each, at its place.
import type {Catalog, CatalogObject, ObjectId} from '../diff/model.ts'
import {read} from '../diff/read.ts'
import {rootOf} from '../diff/root.ts'
import {schemasOf} from '../diff/schemas.ts'
import {type Db, SESSION} from '../postgres/db.ts'
import {rangeName, strings, type Tree} from '../postgres/parse.ts'
import {quoteName} from '../postgres/quote.ts'
import {attachedBy} from './attached.ts'
import type {Work} from './work.ts'

interface Spoken {
  readonly work: Work
  readonly name: readonly string[]
}

/** Catalogs are only read where a statement may change what others own. */
export async function openTheirs(db: Db, works: readonly Work[], schemas: ReadonlySet<string>) {
  const spoken = works.flatMap((work) => namesIn(work).flatMap((name) => (schemas.has(name[0]!) ? [{work, name}] : [])))
  if (spoken.length === 0) return async () => []
  const before = await readPlain(db)
  return async (attached: ReadonlySet<ObjectId>): Promise<string[]> => {
    const after = await readPlain(db)
    const differs = (o: CatalogObject) => before.objects.get(o.id)?.hash !== o.hash && !hangsOn(o, after, attached)
    const found = [...after.objects.values()].filter((o) => differs(o) && schemas.has(schemaOf(o, after) ?? ''))
    const ids = new Set(found.map(({id}) => id))
    const tops = found.filter(({parent}) => !parent || !ids.has(parent))
    return tops.map((o) => `${placeOf(o, spoken)}: ${o.id} is neither compared nor made: others own schema ${schemaOf(o, after)}`)
  }
}

async function readPlain(db: Db): Promise<Catalog> {
  await db.script(`reset all; ${SESSION}`)
  return read(db)
}

function hangsOn(o: CatalogObject, {objects}: Catalog, attached: ReadonlySet<ObjectId>): boolean {
  for (let at: CatalogObject | undefined = o; at; at = at.parent ? objects.get(at.parent) : undefined)
    if (attached.has(at.id)) return true
  return false
}

function schemaOf(o: CatalogObject, catalog: Catalog): string | undefined {
  return schemasOf(catalog.objects.get(rootOf(o, catalog))!, catalog)[0]
}

const STATEMENTS: Record<string, string> = {privilege: 'GrantStmt', comment: 'CommentStmt', index: 'IndexStmt'}

/** The statement that names it, else the first that names something of its schema. */
function placeOf(o: CatalogObject, spoken: readonly Spoken[]): string {
  const named =
    (depth: number) =>
    ({name}: Spoken) =>
      name.length >= depth && ` ${o.id}.`.includes(` ${name.slice(0, depth).map(quoteName).join('.')}`)
  const fits = ({work}: Spoken) => (STATEMENTS[o.kind] ?? 'AlterTableStmt') === work.statement.kind
  const about = spoken.filter(named(2)).sort((a, b) => a.name.length - b.name.length)
  const {work} = about.find(fits) ?? about[0] ?? spoken.find(named(1)) ?? spoken[0]!
  return `${work.source.path}:${work.statement.line}`
}

/** Names, with their schemas, of what a statement makes or speaks of: as the parser has them, under whatever key. */
function namesIn({statement}: Work): string[][] {
  const {node} = statement
  if (attachedBy(statement)) return []
  const ranges = [node.relation, node.table, node.view, node.sequence, node.typevar, node.rel].filter((one) => one?.schemaname)
  const lists = [
    node.funcname,
    node.typeName,
    node.domainname,
    node.defnames,
    node.object?.List?.items,
    node.object?.ObjectWithArgs?.objname,
  ]
  const granted = (node.objects ?? []).flatMap((one: Tree) => [
    ...(one.RangeVar?.schemaname ? [rangeName(one.RangeVar)] : []),
    ...(one.ObjectWithArgs ? [strings(one.ObjectWithArgs.objname)] : []),
    ...(one.String ? [[one.String.sval as string]] : []),
  ])
  const named = node.objectType === 'OBJECT_SCHEMA' && node.object?.String ? [[node.object.String.sval as string]] : []
  return [...ranges.map(rangeName), ...lists.map(strings).filter((name) => name.length > 1), ...granted, ...named]
}
