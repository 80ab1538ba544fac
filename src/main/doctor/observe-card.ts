import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ObservedCard } from '#shared/domain/diagnose.ts'
import type { NetworkCard } from '../platform/network.ts'

/**
 * What the system tells about a card's link. Linux has it in files (Documentation/ABI/testing/sysfs-class-net);
 * elsewhere, and where a driver says nothing, it is left out.
 * @param root where the cards' folders are
 */
export async function observeCard({ name, address, kind }: NetworkCard, root = '/sys/class/net'): Promise<ObservedCard> {
  const [carrier, speed, duplex, mtu] = await Promise.all(['carrier', 'speed', 'duplex', 'mtu'].map((file) => readFact(join(root, name, file))))
  return {
    name,
    address,
    wireless: kind === 'wireless',
    ...(carrier === '0' || carrier === '1' ? { carrier: carrier === '1' } : {}),
    ...positive('speed', speed),
    ...(duplex === 'full' || duplex === 'half' ? { duplex } : {}),
    ...positive('mtu', mtu),
  }
}

/** Reading `speed` of a card without a link is an error (EINVAL); some drivers say -1. */
async function readFact(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch {
    return ''
  }
}

function positive<Name extends 'speed' | 'mtu'>(name: Name, text: string | undefined): Partial<Record<Name, number>> {
  const value = Number(text)
  return Number.isSafeInteger(value) && value > 0 ? { [name]: value } as Partial<Record<Name, number>> : {}
}
