/** Wake on LAN: the magic packet, broadcast on the classroom's network. */
import { createSocket } from 'node:dgram'
import type { MacAddress } from '#shared/domain/ids.ts'
import { encodeMagicPacket } from '#shared/wire/wol.ts'

/** The "discard" port: nothing listens there, and switches let it pass. */
const PORT = 9
/** Sent more than once: nobody answers, and a link that is just coming up loses the first. */
const TIMES = 3
const PAUSE = 100

/**
 * @param from address of the card that faces the classroom: it decides where the broadcast goes out
 * @param broadcast the network's own broadcast address
 */
export async function wake(macs: readonly MacAddress[], from: string, broadcast: string): Promise<void> {
  const socket = createSocket('udp4')
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.bind(0, from, resolve)
    })
    socket.setBroadcast(true)
    for (let time = 0; time < TIMES; time += 1) {
      if (time > 0) await new Promise((resolve) => { setTimeout(resolve, PAUSE) })
      await Promise.all(macs.map((mac) => send(encodeMagicPacket({ mac }))))
    }
  } finally {
    socket.close()
  }
  function send(packet: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      socket.send(packet, PORT, broadcast, (error) => (error ? reject(error) : resolve()))
    })
  }
}
