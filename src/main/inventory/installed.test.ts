import { expect, test } from 'vitest'
import type { DiskTarget } from '#shared/domain/disk.ts'
import { HostName } from '#shared/domain/ids.ts'
import { outcome, sha } from '../../../tests/support/console-kit.ts'
import { mac } from '../../../tests/support/hardware.ts'
import { openInventory } from './index.ts'

test('a target holds what was restored last onto it, alone or with its disk, if that went well', () => {
  const inventory = openInventory(':memory:')
  const { id: classroomId } = inventory.tree.classrooms()[0]!
  const [here, elsewhere] = [1, 2].map((number) => inventory.computers.create({ classroomId, name: HostName.parse(`pc-${number}`), macs: [mac(number)] }).id)
  const restored = (target: DiskTarget, revision: number, state: 'succeeded' | 'failed' | 'cancelled' | 'running' = 'succeeded', begun = true): void => {
    const { id } = inventory.operations.create({
      computerId: here!, computerName: 'pc-1', requestedBy: 'ana',
      task: {
        kind: 'restore', target, image: 'Base', revision, manifest: sha('a'), method: 'UNICAST-DIRECT',
        delta: true, verify: false, discard: false, postconfigure: true, restart: false,
      },
    })
    if (begun) inventory.operations.startNext(here!)
    if (state !== 'running') inventory.operations.finish(id, { state, outcome: outcome() })
  }
  const [first, second, whole] = [{ disk: 1, partition: 1 }, { disk: 1, partition: 2 }, { disk: 1 }]
  const found = (): (number | undefined)[] => [first, second, whole].map((target) => inventory.installed.find(here!, target)?.revision)

  expect(found()).toEqual([undefined, undefined, undefined])
  restored(first, 1)
  restored({ disk: 2, partition: 2 }, 9)
  expect(found()).toEqual([1, undefined, undefined])
  expect(inventory.installed.find(elsewhere!, first)).toBeUndefined()
  restored(whole, 2)
  expect(found()).toEqual([2, 2, 2])
  restored(second, 3)
  restored(first, 4, 'failed', false)
  expect(found()).toEqual([2, 3, 2])
  restored(first, 5, 'cancelled')
  expect(found()).toEqual([undefined, 3, 2])
  restored(second, 6, 'running')
  expect(found()).toEqual([undefined, undefined, 2])
  inventory.close()
})
