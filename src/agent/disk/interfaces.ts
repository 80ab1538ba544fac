import type { Hardware } from '#shared/domain/computer.ts'
import { MacAddress } from '#shared/domain/ids.ts'
import type { Machine } from '#image/disk/machine.ts'

type Interface = Hardware['interfaces'][number]

/** Network cards: interfaces with a device behind them, and not bridges, tunnels or the loopback. */
export async function interfaces(machine: Machine): Promise<Interface[]> {
  const addresses = machine.addresses()
  const found = await Promise.all((await machine.list('/sys/class/net')).map(async (name) => {
    const folder = `/sys/class/net/${name}`
    const mac = MacAddress.safeParse(await machine.text(`${folder}/address`))
    if (!mac.success || (await machine.list(`${folder}/device`)).length === 0) return []
    const driver = await machine.link(`${folder}/device/driver`)
    return [{
      name: name.slice(0, 32),
      mac: mac.data,
      driver: driver?.split('/').at(-1)?.slice(0, 64) ?? '',
      ip: addresses[name] ?? '',
      ...await link(machine, folder),
    }]
  }))
  return found.flat().slice(0, 32)
}

/** Without a link the speed is -1 or an error, and the duplex `unknown` (Documentation/ABI/testing/sysfs-class-net). */
async function link(machine: Machine, folder: string): Promise<Pick<Interface, 'speed' | 'duplex' | 'mtu'>> {
  const speed = positive(await machine.text(`${folder}/speed`))
  const duplex = await machine.text(`${folder}/duplex`)
  const mtu = positive(await machine.text(`${folder}/mtu`))
  return { speed, ...(duplex === 'full' || duplex === 'half' ? { duplex } : {}), ...(mtu > 0 && { mtu }) }
}

function positive(text = ''): number {
  const value = Number(text)
  return Number.isInteger(value) && value > 0 ? value : 0
}
