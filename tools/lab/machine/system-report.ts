/** What a system that was started from its own disk says of itself on the serial console. Pure. */

/** What the golden disk's `clonaula-report` says. */
export interface SystemReport {
  hostName: string
  root: string
  /** MiB of the root filesystem. */
  size: number
  firmware: string
  secureBoot: boolean
  kernel: string
  machineId: string
  /** Every file has the content that the golden disk's had. */
  manifest: boolean
  /** Seconds from the kernel's start to the end of the system's own start, and to the end of the check of its files. */
  started: number
  checked: number
}

/** A system that has started from its own disk: by the report of the lab's golden disk, or by a login prompt. */
export interface StartedSystem {
  hostName: string
  report?: SystemReport
}

/** Undefined for a line that says nothing of the kind. */
export function parseStartedSystem(text: string): StartedSystem | undefined {
  const report = parseSystemReport(text)
  if (report) return { hostName: report.hostName, report }
  const hostName = /^(\S+) login:$/.exec(text)?.[1]
  return hostName === undefined ? undefined : { hostName }
}

/** What loaders and kernels say when they give up; GRUB's `error: …` may be of something that it does without. */
const DEAD_ENDS = [
  /No boot loader was found.*/, /Boot from SAN device .* failed.*/, /No bootable device.*/, /grub rescue>.*/,
  /error: out of memory.*/, /Kernel panic - .*/, /Out of memory: Killed process.*/,
]

/** Why nothing starts, in the words of the computer; undefined for a line that does not say so. */
export function parseDeadEnd(text: string): string | undefined {
  for (const pattern of DEAD_ENDS) {
    const found = pattern.exec(text)
    if (found) return found[0]
  }
  return undefined
}

/** `CLONAULA-SYSTEM hostname=pc-02 root=/dev/vda3 …` → its values; undefined for every other line. */
export function parseSystemReport(text: string): SystemReport | undefined {
  const start = text.indexOf('CLONAULA-SYSTEM ')
  if (start < 0) return undefined
  const fields = new Map(text.slice(start).split(' ').slice(1).map((field) => {
    const equals = field.indexOf('=')
    return [field.slice(0, equals), field.slice(equals + 1)] as const
  }))
  const field = (name: string): string => fields.get(name) ?? ''
  return {
    hostName: field('hostname'),
    root: field('root'),
    size: Number(field('size')),
    firmware: field('firmware'),
    secureBoot: field('secureboot') === '1',
    kernel: field('kernel'),
    machineId: field('machine-id'),
    manifest: field('manifest') === 'ok',
    started: Number(field('started')),
    checked: Number(field('checked')),
  }
}
