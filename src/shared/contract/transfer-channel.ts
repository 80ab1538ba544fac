/**
 * What agent and console say to each other while image data are transferred, on the agents' connection: one channel for each
 * operation and way of transfer. A channel begins with the agent's first message and ends with the connection or the operation;
 * after a lost connection the agent begins a new one. What is said is checked by the transfer that hears it: a fault of one
 * transfer ends that transfer and not the connection.
 */
import { z } from 'zod'
import { OperationId } from '../domain/ids.ts'

export const TransferChannel = z.enum(['multicast', 'torrent'])
export type TransferChannel = z.infer<typeof TransferChannel>

/** The same in both directions. */
export const TransferMessage = z.object({
  type: z.literal('transfer'), operation: OperationId, channel: TransferChannel, message: z.unknown(),
})
export type TransferMessage = z.infer<typeof TransferMessage>
