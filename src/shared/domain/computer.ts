import { z } from 'zod'
import { CacheFacts } from './cache.ts'
import { Disk, Firmware } from './disk.ts'
import { MacAddress } from './ids.ts'
import { strictList } from './strict-list.ts'

/** What a computer is doing now; colour, icon and word of each are in the screens' theme. */
export const ComputerState = z.enum([
  'off', 'starting', 'waiting', 'busy', 'windows', 'linux', 'macos', 'maintenance',
])
export type ComputerState = z.infer<typeof ComputerState>

/** What a computer does at its next PXE boots. */
export const BootMode = z.enum(['live', 'disk', 'live-admin', 'ipxe-live'])
export type BootMode = z.infer<typeof BootMode>

/** What the live agent finds out about the machine that it runs on. */
export const Hardware = z.object({
  firmware: Firmware,
  secureBoot: z.boolean(),
  manufacturer: z.string().max(200),
  product: z.string().max(200),
  serial: z.string().max(200),
  /** SMBIOS system UUID as Linux prints it; PXE option 97 has its first three fields byte-swapped. */
  uuid: z.string().max(36),
  processor: z.string().max(200),
  cores: z.number().int().nonnegative(),
  /** Bytes of RAM that the kernel sees. */
  memory: z.number().int().nonnegative(),
  interfaces: strictList(z.object({
    name: z.string().max(32),
    mac: MacAddress,
    driver: z.string().max(64),
    ip: z.string().max(64),
    /** Mbit/s; 0 when the driver does not say. */
    speed: z.number().int().nonnegative(),
    /** Absent when the driver does not say. */
    duplex: z.enum(['full', 'half']).optional(),
    /** Bytes of IP in one frame. */
    mtu: z.number().int().positive().optional(),
  }), 32),
  disks: strictList(Disk, 64),
  /** Absent: none of the disks has one. */
  cache: CacheFacts.optional(),
})
export type Hardware = z.infer<typeof Hardware>

/** The steps that a computer takes on its way from power to the live agent, in order. */
export const BootPhase = z.enum([
  'dhcp', 'loader', 'menu', 'kernel', 'initrd', 'root', 'agent', 'local',
])
export type BootPhase = z.infer<typeof BootPhase>

export const BootEvent = z.object({
  mac: MacAddress,
  phase: BootPhase,
  /** What was asked for or sent: a file, an architecture, a reason. */
  detail: z.string().max(200),
  /** Milliseconds since the epoch, console's clock. */
  at: z.number().int(),
})
export type BootEvent = z.infer<typeof BootEvent>
