import type { Hardware } from '#shared/domain/computer.ts'
import type { Firmware } from '#shared/domain/disk.ts'
import type { Machine } from '#image/disk/machine.ts'

const EFI = '/sys/firmware/efi'
/** Four bytes of attributes, then the value (UEFI 2.10, 3.3: SecureBoot is 1 when it is enforced). */
const SECURE_BOOT = `${EFI}/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c`

export async function firmware(machine: Machine): Promise<Firmware> {
  return (await machine.list(EFI)).length > 0 ? 'uefi' : 'bios'
}

/** Everything about a computer that is not a disk or a network card. */
export async function computerFacts(machine: Machine): Promise<Omit<Hardware, 'disks' | 'interfaces'>> {
  const dmi = async (name: string): Promise<string> => (await machine.text(`/sys/class/dmi/id/${name}`) ?? '').slice(0, 200)
  const secureBoot = await machine.bytes(SECURE_BOOT, 0, 5)
  return {
    firmware: await firmware(machine),
    secureBoot: secureBoot?.[4] === 1,
    manufacturer: await dmi('sys_vendor'),
    product: await dmi('product_name'),
    serial: await dmi('product_serial'),
    uuid: (await dmi('product_uuid')).slice(0, 36),
    ...parseCpuinfo(await machine.text('/proc/cpuinfo') ?? ''),
    memory: parseMeminfo(await machine.text('/proc/meminfo') ?? ''),
  }
}

/** The processor's name, and how many cores there are: threads of one core count once, where the kernel tells them apart. */
export function parseCpuinfo(text: string): { processor: string; cores: number } {
  const blocks = text.split(/\n\s*\n/).filter((block) => block.trim() !== '')
  const value = (block: string, key: string): string | undefined =>
    new RegExp(`^${key}\\s*:\\s*(.*)$`, 'm').exec(block)?.[1]?.trim()
  const cores = new Set(blocks.map((block, index) => {
    const core = value(block, 'core id')
    return core === undefined ? `thread ${index}` : `${value(block, 'physical id')}/${core}`
  }))
  return { processor: (value(blocks[0] ?? '', 'model name') ?? '').slice(0, 200), cores: cores.size }
}

/** Bytes of RAM that the kernel sees. */
export function parseMeminfo(text: string): number {
  return Number(/^MemTotal:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024
}
