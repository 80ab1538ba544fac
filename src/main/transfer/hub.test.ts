import { expect, test } from 'vitest'
import type { TransferMessage } from '#shared/contract/transfer-channel.ts'
import { OperationId } from '#shared/domain/ids.ts'
import type { ControlChannel } from '#transfer/control-channel.ts'
import type { OperationRecord } from '../inventory/operations.ts'
import { createTransferHub } from './hub.ts'

const operation = { id: OperationId.parse(1) } as OperationRecord
const said = (message: unknown): TransferMessage => ({ type: 'transfer', operation: operation.id, channel: 'multicast', message })

function hub(opened: (channel: ControlChannel<unknown>) => void) {
  const sent: TransferMessage[] = []
  const service = { opened: (_: OperationRecord, channel: ControlChannel<unknown>) => opened(channel), ended: () => undefined }
  return { sent, hub: createTransferHub({ send: (message) => sent.push(message), services: { multicast: service } }) }
}

test('who listens hears all that an operation says, and answers', () => {
  const heard: unknown[] = []
  const { sent, hub: one } = hub((channel) => channel.listen({
    message: (message) => {
      heard.push(message)
      channel.send('yes')
    },
    closed: () => heard.push('closed'),
  }))
  for (const message of ['a', 'b']) one.hear(operation, said(message))
  one.left(operation.id)
  expect(heard).toEqual(['a', 'b', 'closed'])
  expect(sent.map(({ message }) => message)).toEqual(['yes', 'yes'])
})

test('nothing is kept of what nobody listens to', () => {
  const channels: ControlChannel<unknown>[] = []
  const { hub: one } = hub((channel) => channels.push(channel))
  for (const message of ['a', 'b', 'c']) one.hear(operation, said(message))
  const heard: unknown[] = []
  for (const channel of channels) channel.listen({ message: (message) => heard.push(message), closed: () => undefined })
  expect(heard).toEqual([])
})
