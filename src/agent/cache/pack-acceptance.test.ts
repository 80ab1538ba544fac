import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { Sha256Hex } from '#shared/domain/ids.ts'
import { PackAcceptance } from './pack-acceptance.ts'

const [A, B, C] = ['aa', 'bb', 'cc'].map((digits) => Sha256Hex.parse(digits.repeat(32))) as [Sha256Hex, Sha256Hex, Sha256Hex]
const names = new Map([[A, 'A'], [B, 'B'], [C, 'C']])

/** Three packs, and what was done with each; `work` accepts one. */
function made(work: (id: Sha256Hex) => Promise<void> = async () => undefined) {
  const done: string[] = []
  const note = (what: string, id: Sha256Hex): void => void done.push(`${what} ${names.get(id)}`)
  const acceptance = new PackAcceptance({
    job: {
      packs: [A, B, C].map((id) => ({ id, size: 10 })), onDamaged: (id) => note('damaged', id),
      intake: {
        incomingPath: () => '',
        accept: async (id) => {
          await work(id)
          note('accepted', id)
        },
      },
    },
    onBegin: (id) => note('begun', id),
  })
  return { acceptance, done }
}

test('packs are accepted as they come, one at a time, and the rest at the end', async () => {
  const { promise: held, resolve } = Promise.withResolvers<void>()
  const { acceptance, done } = made((id) => id === B ? held : Promise.resolve())
  acceptance.add(B)
  acceptance.add(C)
  acceptance.add(undefined)
  acceptance.add(Sha256Hex.parse('dd'.repeat(32)))
  await turn()
  expect(done).toEqual(['begun B'])
  resolve()
  await turn()
  expect(done).toEqual(['begun B', 'accepted B', 'begun C', 'accepted C'])
  expect(acceptance.left).toEqual([{ id: A, size: 10 }])
  const told: string[] = []
  await acceptance.finish(({ id }) => told.push(names.get(id) ?? ''))
  expect([told, acceptance.left, done.slice(4)]).toEqual([['A'], [], ['begun A', 'accepted A']])
})

test('one that is damaged is said at once, and none is accepted after it', async () => {
  const { acceptance, done } = made(async (id) => {
    if (id === A) throw new ClonaulaError('corruptImage', 'wrong')
  })
  for (const id of [B, A, C]) acceptance.add(id)
  await expect(acceptance.failure).rejects.toMatchObject({ result: 'corruptImage' })
  await expect(acceptance.finish(() => undefined)).rejects.toMatchObject({ result: 'corruptImage' })
  expect(done).toEqual(['begun B', 'accepted B', 'begun A', 'damaged A'])
  expect([acceptance.isDamaged, acceptance.left.map(({ id }) => names.get(id))]).toEqual([true, ['A', 'C']])
})

test('what the disk does not take is no damage', async () => {
  const { acceptance } = made(async () => { throw new ClonaulaError('noSpace', 'full') })
  acceptance.add(A)
  await expect(acceptance.failure).rejects.toMatchObject({ result: 'noSpace' })
  expect(acceptance.isDamaged).toBe(false)
})

test('when it is closed nothing is in use, and nothing begins any more', async () => {
  const { promise: held, resolve } = Promise.withResolvers<void>()
  const { acceptance, done } = made(() => held)
  acceptance.add(A)
  acceptance.add(B)
  await turn()
  let isClosed = false
  const closing = acceptance.close().then(() => { isClosed = true })
  await turn()
  expect(isClosed).toBe(false)
  resolve()
  await closing
  expect(done).toEqual(['begun A', 'accepted A'])
})
