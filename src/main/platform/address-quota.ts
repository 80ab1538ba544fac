import type { Socket } from 'node:net'

/** How many connections one address may hold, so that one broken or hostile computer cannot use up all of them. */
export interface AddressQuota {
  /** False when the address has its share; otherwise the place is taken until it is given back. */
  take(address: string): boolean
  giveBack(address: string): void
}

export function createAddressQuota(each: number): AddressQuota {
  const held = new Map<string, number>()
  return {
    take(address) {
      const count = held.get(address) ?? 0
      if (count >= each) return false
      held.set(address, count + 1)
      return true
    },
    giveBack(address) {
      const count = held.get(address) ?? 0
      if (count > 1) held.set(address, count - 1)
      else held.delete(address)
    },
  }
}

/** For a server that takes no more than so many connections of one address. @returns whether a new one may stay */
export function admitByAddress(each: number): (socket: Socket) => boolean {
  const quota = createAddressQuota(each)
  return (socket) => {
    const address = plainAddress(socket.remoteAddress)
    if (!quota.take(address)) return false
    socket.once('close', () => quota.giveBack(address))
    return true
  }
}

/** Node shows IPv4 peers of a dual-stack socket as `::ffff:10.0.0.1`. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '')
}
