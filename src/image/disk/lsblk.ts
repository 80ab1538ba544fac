import { z } from 'zod'

/** Only what is asked for, so that an old lsblk that lacks a column of `-O` does not matter. */
const COLUMNS = 'NAME,PATH,TYPE,SIZE,LOG-SEC,MODEL,SERIAL,WWN,TRAN,RM,HOTPLUG,MOUNTPOINTS'

/** Bytes, and null where the kernel does not say. */
const text = z.string().nullish().transform((value) => value?.trim() ?? '')

const Node = z.object({
  name: z.string(),
  path: z.string(),
  type: z.string(),
  size: z.number(),
  'log-sec': z.number(),
  model: text,
  serial: text,
  wwn: text,
  tran: text,
  rm: z.boolean(),
  hotplug: z.boolean(),
  mountpoints: z.array(z.string().nullable()).default([]),
  get children() {
    return z.array(Node).default([])
  },
})
export type BlockDevice = z.infer<typeof Node>

const Listing = z.object({ blockdevices: z.array(Node) })

/** @param devices Only these; all of the computer's when it is left out. */
export function lsblkCommand(devices: readonly string[] = []): [string, ...string[]] {
  return ['lsblk', '--json', '--bytes', '--output', COLUMNS, ...devices]
}

export function parseLsblk(json: string): BlockDevice[] {
  return Listing.parse(JSON.parse(json)).blockdevices
}

/** Why a device may not be written to: what is mounted from it or built on it (`/dev/sda2: /home`, `/dev/sda3: crypt`). */
export function uses(device: BlockDevice): string[] {
  const mounted = device.mountpoints.filter((point) => point !== null).map((point) => `${device.path}: ${point}`)
  const built = device.children.flatMap((child) =>
    child.type === 'part' ? uses(child) : [`${device.path}: ${child.type}`])
  return [...mounted, ...built]
}
