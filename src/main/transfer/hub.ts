/** Connects agents that transfer image data with the console's part of each way of transfer. */
import type { TransferChannel, TransferMessage } from '#shared/contract/transfer-channel.ts'
import type { OperationId } from '#shared/domain/ids.ts'
import { Channels } from '#transfer/channels.ts'
import type { ControlChannel } from '#transfer/control-channel.ts'
import type { OperationRecord } from '../inventory/operations.ts'

/** The console's part of a way of transfer. */
export interface TransferService {
  /** An operation's agent has begun to speak; whoever does not listen at once will not answer. The channel is closed when its connection is lost, or the operation over. */
  opened(operation: OperationRecord, channel: ControlChannel<unknown>): void
  /** An operation is over, whether it ever spoke or not. */
  ended(operation: OperationId): void
}

/** What is not there is not answered: the agent goes on by unicast. */
export type TransferServices = Partial<Record<TransferChannel, TransferService>>

export interface TransferHub {
  /** From the agent of a running operation. */
  hear(operation: OperationRecord, message: TransferMessage): void
  /** Its agent's connection is lost. */
  left(operation: OperationId): void
  ended(operation: OperationId): void
}

export interface HubParts {
  /** To the agent of that operation; lost when it is not there. */
  send: (message: TransferMessage) => void
  services: TransferServices
}

export function createTransferHub({ send, services }: HubParts): TransferHub {
  const channels = new Channels(send)
  return {
    hear(operation, message) {
      if (channels.hear(message)) return
      const service = services[message.channel]
      if (!service) return
      const channel = channels.open(operation.id, message.channel)
      let isHeard = false
      service.opened(operation, {
        send: (answer) => channel.send(answer),
        listen(listener) {
          isHeard = true
          channel.listen(listener)
        },
      })
      // What an operation says that has no business to is not kept: messages may be large.
      if (isHeard) channels.hear(message)
      else channels.close(operation.id, message.channel)
    },
    left: (operation) => channels.close(operation),
    ended(operation) {
      channels.close(operation)
      for (const service of Object.values(services)) service.ended(operation)
    },
  }
}
