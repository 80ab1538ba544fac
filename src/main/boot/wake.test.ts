import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import { MacAddress } from '#shared/domain/ids.ts'
import { wake } from './wake.ts'

/** On loopback, so that nothing leaves the machine; port 9 is free where this runs as root, and skipped elsewhere. */
test.skipIf(process.getuid?.() !== 0)('every card is sent its packet three times', async () => {
  const heard: string[] = []
  const listener = createSocket('udp4').on('message', (packet) => void heard.push(packet.toString('hex')))
  listener.bind(9, '127.0.0.1')
  await once(listener, 'listening')
  await wake([MacAddress.parse('52:54:00:77:00:01'), MacAddress.parse('52:54:00:77:00:02')], '127.0.0.1', '127.0.0.1')
  const packet = (last: string): string => 'ff'.repeat(6) + `52540077000${last}`.repeat(16)
  await vi.waitFor(() => expect(heard.toSorted()).toEqual([...Array(3).fill(packet('1')), ...Array(3).fill(packet('2'))]))
  listener.close()
})
