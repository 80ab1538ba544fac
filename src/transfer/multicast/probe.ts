/** Whether a multicast arrives: one end sends the same few bytes some times, the other one counts them. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openReceivingSocket, openSendingSocket, type GroupAddress } from './socket.ts'

/** Datagrams, and milliseconds between two of them: a switch takes a moment to learn who has joined a group. */
const DATAGRAMS = 12
const EVERY = 200
const TTL = 16

/** Milliseconds for which somebody who is asked to listen just before should do so. */
export const PROBE_TIME = DATAGRAMS * EVERY + 1000

/** @throws `multicastSender` */
export async function sendProbe(address: GroupAddress, nonce: string): Promise<void> {
  const socket = await openSendingSocket({ ...address, ttl: TTL, loopback: false })
  socket.on('error', () => undefined) // a datagram that was not sent is one that is not heard
  try {
    for (let sent = 0; sent < DATAGRAMS; sent += 1) {
      await sleep(EVERY)
      socket.send(nonce)
    }
    await sleep(EVERY)
  } finally {
    socket.close()
  }
}

/** @returns how many of these datagrams came; none where the group cannot be joined */
export async function countDatagrams(address: GroupAddress, nonce: string, milliseconds: number): Promise<number> {
  const socket = await openReceivingSocket(address).catch(() => undefined)
  if (!socket) return 0
  const expected = Buffer.from(nonce)
  let heard = 0
  socket.on('message', (datagram) => {
    if (expected.equals(datagram)) heard += 1
  })
  socket.on('error', () => undefined)
  await sleep(milliseconds)
  socket.close()
  return heard
}
