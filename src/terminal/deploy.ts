// A plan for functions in, its steps run in one transaction, while no other pgext is at work there.
import type {Plan} from '../diff/model.ts'
import {inside} from '../diff/step.ts'

export async function applyFunctions(url: string, {steps}: Plan): Promise<void> {
  if (steps.length === 0) return
  const [{connect}, {hold}] = await Promise.all([import('../postgres/native.ts'), import('../migrations/session.ts')])
  const db = await connect(url)
  try {
    await hold(db, {}, () =>
      db.transaction(async () => {
        for (const step of steps) await db.script(inside(step))
      }),
    )
  } finally {
    await db.close()
  }
}
