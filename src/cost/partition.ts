// A partition that joins or leaves in; what that locks and scans out. Manual: ALTER TABLE, ATTACH PARTITION and DETACH PARTITION.
import type {Command, Server} from './alter-table.ts'
import type {Bill} from './bill.ts'
import {keyed} from './constraint.ts'
import {rangeOf} from './range.ts'
import type {Standing} from './standing.ts'

export function attach({table, def}: Command, bill: Bill, standing: Standing, server: Server): void {
  bill.lock('SHARE UPDATE EXCLUSIVE', table)
  const part = rangeOf(def!.PartitionCmd.name)
  const other = standing.defaultPartition(table)
  const joining = [...standing.family(part), ...(other ? standing.family(other) : [])]
  bill.lock('ACCESS EXCLUSIVE', ...joining)
  // the first partition may hold anything, where it is the default one of a table that is no partition itself
  const takesAll = def!.PartitionCmd.bound.is_default && standing.family(table).length === 1 && !standing.parent(table)
  if (!takesAll) bill.scan(...joining)
  // its rows are held against the table's foreign keys, but for those that it has itself
  const own = new Set(standing.referenced(part))
  const others = standing.referenced(table).filter((one) => !own.has(one))
  if (others.length > 0) bill.scan(...standing.family(part), ...keyed(others, standing))
  bill.lock('SHARE ROW EXCLUSIVE', ...enforced(table, standing, server))
  // the triggers of its own go
  const shared = standing.referenced(table).filter((one) => own.has(one))
  bill.lock('ACCESS EXCLUSIVE', ...keyed(shared, standing))
}

/** CREATE TABLE … PARTITION OF */
export function createPart(table: string, bill: Bill, standing: Standing, server: Server): void {
  bill.lock('ACCESS EXCLUSIVE', table)
  const other = standing.defaultPartition(table)
  if (other) {
    bill.lock('ACCESS EXCLUSIVE', ...standing.family(other))
    bill.scan(...standing.family(other))
  }
  bill.lock('SHARE ROW EXCLUSIVE', ...enforced(table, standing, server))
}

export function detach({table, def}: Command, bill: Bill, standing: Standing): void {
  const part = rangeOf(def!.PartitionCmd.name)
  bill.lock(def!.PartitionCmd.concurrent ? 'SHARE UPDATE EXCLUSIVE' : 'ACCESS EXCLUSIVE', table)
  // the second transaction of CONCURRENTLY takes the partition for itself, once those who use the table have ended
  bill.lock('ACCESS EXCLUSIVE', standing.defaultPartition(table))
  // no row may refer to what leaves
  const referring = standing.referring(table)
  if (referring.length > 0) bill.scan(...keyed(referring, standing), ...standing.family(part))
  leave(part, table, bill, standing)
}

/** What DETACH … CONCURRENTLY does last. */
export function finalize({table, def}: Command, bill: Bill, standing: Standing): void {
  bill.lock('SHARE UPDATE EXCLUSIVE', table)
  leave(rangeOf(def!.PartitionCmd.name), table, bill, standing)
}

function leave(part: string, table: string, bill: Bill, standing: Standing): void {
  bill.lock('ACCESS EXCLUSIVE', ...standing.family(part), ...keyed(standing.referring(table), standing))
  bill.lock('SHARE ROW EXCLUSIVE', ...keyed(standing.referenced(table), standing))
}

/** The tables on the other end of its foreign keys, and of those that it has from above; before 15 PostgreSQL leaves those that refer to it alone. */
function enforced(table: string, standing: Standing, {major}: Server): string[] {
  const others: string[] = []
  for (let one: string | undefined = table; one !== undefined; one = standing.parent(one))
    others.push(...standing.referenced(one), ...(major >= 15 ? standing.referring(one) : []))
  return keyed([...new Set(others)], standing)
}
