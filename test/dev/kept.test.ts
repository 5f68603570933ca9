// What a stack begins in, at each moment of its end; that all of it is ended, the last first, out.
import {expect, test} from 'vitest'
import {openKeeping} from '../../src/dev/kept.ts'

function thing(name: string, ended: string[]) {
  return {
    async close() {
      ended.push(name)
    },
  }
}

test('the last is ended first, and one that fails keeps none of the others', async () => {
  const ended: string[] = []
  const {keep, add, close} = openKeeping(new AbortController().signal)
  add(() => ended.push('first'))
  add(() => {
    throw new Error('it fails')
  })
  await keep(async () => thing('last', ended))
  await close()
  expect(ended).toEqual(['last', 'first'])
})

test('what is just beginning is waited for, and ended; what would begin later is not begun', async () => {
  const ended: string[] = []
  const {keep, close, over} = openKeeping(new AbortController().signal)
  let come = () => {}
  const coming = new Promise<void>((resolve) => {
    come = resolve
  })
  const slow = keep(async () => {
    await coming
    return thing('slow', ended)
  })
  const closed = close()
  expect(over.aborted).toBe(true)
  let isBegun = false
  const late = keep(async () => {
    isBegun = true
    return thing('late', ended)
  })
  await expect(late).rejects.toThrow('ended before it had begun')
  expect(isBegun).toBe(false)
  come()
  await Promise.all([slow, closed])
  expect(ended).toEqual(['slow'])
})
