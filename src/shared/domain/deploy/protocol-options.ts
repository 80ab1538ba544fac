import { z } from 'zod'
import { NetworkProperties } from '../classroom.ts'

const room = NetworkProperties.shape

/**
 * What one deployment says about the network in the place of its classroom's properties, by their names and within their
 * bounds. What is absent is as the classroom has it.
 */
export const ProtocolOptions = z.object({
  multicastPort: room.multicastPort.unwrap().exactOptional(),
  multicastMode: room.multicastMode.unwrap().exactOptional(),
  multicastAddress: room.multicastAddress.unwrap().options[0].exactOptional(),
  multicastSpeed: room.multicastSpeed.unwrap().exactOptional(),
  maxClients: room.maxClients.unwrap().exactOptional(),
  maxWait: room.maxWait.unwrap().exactOptional(),
  p2pMode: room.p2pMode.unwrap().exactOptional(),
  p2pTime: room.p2pTime.unwrap().exactOptional(),
})
export type ProtocolOptions = z.infer<typeof ProtocolOptions>

/** A classroom's properties as one deployment uses them. */
export function propertiesFor(network: NetworkProperties, options: ProtocolOptions | undefined): NetworkProperties {
  return { ...network, ...options }
}
