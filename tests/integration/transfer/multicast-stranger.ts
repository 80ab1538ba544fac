/**
 * Somebody on the same network who means harm: `multicast-stranger.ts GROUP PORT OWN-ADDRESS`. Hears a session's datagrams, and sends
 * each again as it was, with a flipped bit, and with a tag of its own; says how many when its input ends.
 */
import { createSocket } from 'node:dgram'
import { TAG_LENGTH } from '#shared/wire/multicast.ts'

const [group = '', port = '', own = ''] = process.argv.slice(2)
let heard = 0
const socket = createSocket({ type: 'udp4', reuseAddr: true })
socket.bind(Number(port), group, () => {
  socket.addMembership(group, own)
  socket.setMulticastInterface(own)
  socket.setMulticastLoopback(false)
  process.stdout.write('{"say":"listening"}\n')
})
socket.on('message', (datagram) => {
  heard += 1
  const flipped = Buffer.from(datagram)
  flipped[heard % flipped.length]! ^= 1 << (heard % 8)
  const forged = Buffer.concat([datagram.subarray(0, -TAG_LENGTH), Buffer.alloc(TAG_LENGTH, heard)])
  for (const harm of [datagram, flipped, forged]) socket.send(harm, Number(port), group)
})
process.stdin.resume().on('end', () => {
  process.stdout.write(`{"say":"heard","count":${heard}}\n`)
  socket.close()
})
