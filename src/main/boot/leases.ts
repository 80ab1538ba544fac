/** The addresses that this console has given out as a closed room's DHCP server, kept across restarts. */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { MacAddress } from '#shared/domain/ids.ts'
import { writePrivateFile } from '../platform/private-file.ts'
import type { Lease } from '../pxe/index.ts'

const Leases = z.array(z.object({ mac: MacAddress, address: z.ipv4(), expires: z.number() }))

/** Milliseconds: a room that is switched on at once changes many leases at once. */
const WRITE_AFTER = 1000

export interface LeaseFile {
  /** Those of an earlier run; none when there was none, or its file cannot be read. */
  load(): Lease[]
  save(leases: readonly Lease[]): void
  /** Writes what is still to be written. */
  close(): void
}

export function openLeaseFile(path: string): LeaseFile {
  let pending: { leases: readonly Lease[]; timer: NodeJS.Timeout } | undefined
  function flush(): void {
    if (!pending) return
    clearTimeout(pending.timer)
    writePrivateFile(path, JSON.stringify(pending.leases))
    pending = undefined
  }
  return {
    load() {
      try {
        return Leases.parse(JSON.parse(readFileSync(path, 'utf8')))
      } catch {
        return []
      }
    },
    save(leases) {
      const timer = pending?.timer ?? setTimeout(flush, WRITE_AFTER)
      pending = { leases, timer }
    },
    close: flush,
  }
}
