/** The command line of `npm run lab`. Pure. */
import { parseArgs } from 'node:util'
import { RestoreMethod } from '#shared/domain/method.ts'
import { DISK_KINDS, FIRMWARES, NICS, refusal, type DiskKind, type FirmwareKind, type NicKind } from './machine/qemu.ts'

export interface LabOptions {
  computers: number
  firmware: FirmwareKind
  disk: DiskKind
  nic: NicKind
  /** MiB of each computer. */
  memory: number
  method: RestoreMethod
  /** A raw disk image in place of the lab's own golden disk. */
  golden?: string
  /** The golden disk has an NTFS partition with data too. */
  ntfs: boolean
  /** End when the story has ended, and do not stay up to play with. */
  once: boolean
  /** Where the report is written, as JSON. */
  report?: string
  /** Folder for logs and disks, which stays; otherwise they are temporary. */
  keep?: string
}

export const USAGE = `npm run lab -- [options]
  --computers N       how many; the first is the reference (2)
  --firmware KIND     ${FIRMWARES.join(', ')} (bios)
  --disk KIND         ${DISK_KINDS.join(', ')} (virtio)
  --nic KIND          ${NICS.join(', ')} (virtio)
  --memory MB         of each computer (1024)
  --method METHOD     ${RestoreMethod.options.join(', ')} (UNICAST-DIRECT)
  --golden FILE       a raw disk image for the reference, in place of the lab's own Debian
  --golden-ntfs       give the lab's own disk an NTFS partition with data
  --once              end when the story has ended
  --report FILE       write what happened as JSON
  --keep FOLDER       keep logs and disks there`

export class UsageError extends Error {
  override readonly name = 'UsageError'
}

function oneOf<T extends string>(name: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((candidate) => candidate === value)
  if (found === undefined) throw new UsageError(`--${name} ${value}: expected one of ${allowed.join(', ')}`)
  return found
}

function wholeNumber(name: string, value: string, least: number, most: number): number {
  const number = Number(value)
  if (!/^\d+$/.test(value) || number < least || number > most) {
    throw new UsageError(`--${name} ${value}: expected a number from ${least} to ${most}`)
  }
  return number
}

/** Undefined when only help is asked for. Throws UsageError. */
export function parseOptions(args: readonly string[]): LabOptions | undefined {
  const values = readArgs(args)
  if (values.help) return undefined
  const options: LabOptions = {
    computers: wholeNumber('computers', values.computers, 1, 40),
    firmware: oneOf('firmware', values.firmware, FIRMWARES),
    disk: oneOf('disk', values.disk, DISK_KINDS),
    nic: oneOf('nic', values.nic, NICS),
    memory: wholeNumber('memory', values.memory, 256, 65_536),
    method: oneOf('method', values.method, RestoreMethod.options),
    ntfs: values['golden-ntfs'],
    once: values.once,
    ...(values.golden === undefined ? {} : { golden: values.golden }),
    ...(values.report === undefined ? {} : { report: values.report }),
    ...(values.keep === undefined ? {} : { keep: values.keep }),
  }
  if (options.golden !== undefined && options.ntfs) {
    throw new UsageError('--golden-ntfs is about the lab’s own disk: not with --golden')
  }
  const problem = refusal(options)
  if (problem !== undefined) throw new UsageError(problem)
  return options
}

function readArgs(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        computers: { type: 'string', default: '2' },
        firmware: { type: 'string', default: 'bios' },
        disk: { type: 'string', default: 'virtio' },
        nic: { type: 'string', default: 'virtio' },
        memory: { type: 'string', default: '1024' },
        method: { type: 'string', default: 'UNICAST-DIRECT' },
        golden: { type: 'string' },
        'golden-ntfs': { type: 'boolean', default: false },
        once: { type: 'boolean', default: false },
        report: { type: 'string' },
        keep: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
