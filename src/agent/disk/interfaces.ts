import type { Hardware } from '#shared/domain/computer.ts'
import { MacAddress } from '#shared/domain/ids.ts'
import type { Machine } from '#image/disk/machine.ts'

/** Network cards: interfaces with a device behind them, and not bridges, tunnels or the loopback. */
export async function interfaces(machine: Machine): Promise<Hardware['interfaces']> {
  const addresses = machine.addresses()
  const found = await Promise.all((await machine.list('/sys/class/net')).map(async (name) => {
    const folder = `/sys/class/net/${name}`
    const mac = MacAddress.safeParse(await machine.text(`${folder}/address`))
    if (!mac.success || (await machine.list(`${folder}/device`)).length === 0) return []
    const driver = await machine.link(`${folder}/device/driver`)
    // -1, or an error, while there is no link.
    const speed = Number(await machine.text(`${folder}/speed`) ?? 0)
    const duplex = await machine.text(`${folder}/duplex`)
    const mtu = Number(await machine.text(`${folder}/mtu`) ?? 0)
    return [{
      name: name.slice(0, 32),
      mac: mac.data,
      driver: driver?.split('/').at(-1)?.slice(0, 64) ?? '',
      ip: addresses[name] ?? '',
      speed: Number.isInteger(speed) && speed > 0 ? speed : 0,
      // `unknown` while there is no link, and where a driver does not say (Documentation/ABI/testing/sysfs-class-net).
      ...(duplex === 'full' || duplex === 'half' ? { duplex } : {}),
      ...(Number.isInteger(mtu) && mtu > 0 ? { mtu } : {}),
    }]
  }))
  return found.flat().slice(0, 32)
}
