import { expect, test } from 'vitest'
import { OperationTask } from './task.ts'

test('what was asked for before there were options is still understood', () => {
  const target = { disk: 1, partition: 1 }
  expect(OperationTask.parse({ kind: 'capture', source: target, image: 'Base', description: '', mode: 'used' }))
    .toMatchObject({ mode: 'used' })
  expect(OperationTask.parse({
    kind: 'restore', target, image: 'Base', revision: 1, manifest: 'a'.repeat(64), method: 'UNICAST-DIRECT', postconfigure: true, restart: false,
  })).toMatchObject({ delta: true, verify: false, discard: false })
})
