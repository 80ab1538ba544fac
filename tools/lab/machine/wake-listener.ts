/**
 * Runs in the switch's namespace and plays the part of the network cards of computers that are off: it prints the
 * MAC of every Wake on LAN packet, one a line. `node wake-listener.ts`
 */
import { createSocket } from 'node:dgram'
import { decodeMagicPacket } from '#shared/wire/wol.ts'

const DISCARD_PORT = 9

const socket = createSocket('udp4')
socket.on('message', (bytes) => {
  try {
    console.log(decodeMagicPacket(bytes).mac)
  } catch {
    // Something else that was sent to the discard port.
  }
})
socket.bind(DISCARD_PORT)
