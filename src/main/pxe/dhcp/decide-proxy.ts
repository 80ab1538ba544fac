import type { BootPolicy } from '../policy.ts'
import { instruct, type HttpBase } from './boot-instruction.ts'
import { drop, type Decision, type DhcpPort } from './decision.ts'
import type { ClientRequest } from './request.ts'

export interface ProxyContext {
  /** This server's own address. */
  address: string
  httpBase: HttpBase
  policy: BootPolicy
}

/**
 * ProxyDHCP (PXE 2.1): says what to boot and leaves addresses to the network's own DHCP server. It
 * answers DISCOVER on 67, so that the client has both offers at hand, and the client's question to the
 * boot server on 4011. A REQUEST on 67 belongs to the DHCP server, unless the client names this server:
 * some iPXE builds confirm the proxy's offer there.
 */
export function decideProxy(request: ClientRequest, port: DhcpPort, context: ProxyContext): Decision {
  if (request.boot === undefined) return drop('not-network-boot', request.packet.options.vendorClass)
  const { messageType, serverId } = request.packet.options
  const answer = port === 'dhcp' ? answerOnDhcp(messageType) : answerOnProxy(messageType)
  if (answer === undefined) return drop('unexpected-message', messageType)
  if (port === 'dhcp' && answer === 'ack' && serverId !== context.address) return drop('for-another-server', serverId)
  const boot = instruct(request.boot, context.policy, context.httpBase)
  return boot.kind === 'refused' ? drop(boot.reason, boot.detail) : { action: answer, boot }
}

function answerOnDhcp(messageType: string): 'offer' | 'ack' | undefined {
  if (messageType === 'discover') return 'offer'
  return messageType === 'request' ? 'ack' : undefined
}

/** INFORM: Intel's boot agents from before PXE 2.1 and some UEFI ask that way. */
function answerOnProxy(messageType: string): 'ack' | undefined {
  return messageType === 'request' || messageType === 'inform' ? 'ack' : undefined
}
