import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { lookup } from 'node:dns/promises'

/** The own address by which this computer reaches another: that of the network card on which it hears its multicasts. Nothing is sent. */
export async function ownAddressTowards(host: string): Promise<string> {
  const { address } = await lookup(host.replace(/^\[(.*)\]$/, '$1'), { family: 4 })
  const socket = createSocket('udp4')
  try {
    const connected = once(socket, 'connect')
    socket.connect(9, address) // the discard port (RFC 863): any would do
    await connected
    return socket.address().address
  } finally {
    socket.close()
  }
}
