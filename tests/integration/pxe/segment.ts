import { Segment } from '../../../tools/network/segment.ts'

/** Where each machine of the segment is. */
export const ADDRESS = { console: '10.77.0.1', client: '10.77.0.9', router: '10.77.0.254' } as const
export type Machine = keyof typeof ADDRESS
export type BootSegment = Segment<Machine>

/** A console, a client that boots, and what else answers DHCP. */
export async function createBootSegment(): Promise<BootSegment> {
  const machines = Object.entries(ADDRESS).map(([name, address]) => ({ name: name as Machine, address: `${address}/24` }))
  const segment = await Segment.create('clonaula-pxe', machines)
  // The client broadcasts from an unbound socket; the console must do without such a route.
  await segment.exec('client', 'ip', 'route', 'add', '255.255.255.255', 'dev', 'eth0')
  return segment
}
