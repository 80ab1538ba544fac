/** Which other programs of this machine have a port: what "port in use" does not say. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { runCommand } from '#image/index.ts'

export interface PortHolder {
  /** Of the socket; `0.0.0.0` and `*` are all. */
  address: string
  /** The network card that it is bound to, as virtual machine managers do; empty: all. */
  card: string
  /** `dnsmasq, PID 812`; empty when the system does not tell this user. */
  program: string
}

/** Milliseconds. */
const PATIENCE = 2000

/** `UNCONN 0 0 0.0.0.0%virbr0:67 0.0.0.0:* users:(("dnsmasq",pid=812,fd=3))` */
const LINE = /^\S+\s+\d+\s+\d+\s+(?<address>\S+?)(?:%(?<card>[^\s:]+))?:\d+\s+\S+(?:\s+users:\(\("(?<thread>[^"]+)",pid=(?<pid>\d+))?/

/**
 * What `ss -H -l -n -p` printed.
 * @param nameOf what a process is called; ss has only its first thread's name, which for Node is not the program's
 */
export function parseHolders(text: string, nameOf: (pid: number) => string | undefined): PortHolder[] {
  return text.split('\n').flatMap((line) => {
    const { address, card = '', thread, pid } = LINE.exec(line)?.groups ?? {}
    if (address === undefined) return []
    return [{ address, card, program: pid === undefined ? '' : `${nameOf(Number(pid)) ?? thread}, PID ${pid}` }]
  })
}

function processName(pid: number): string | undefined {
  try {
    const [program = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return basename(program) || undefined
  } catch {
    return undefined
  }
}

/** Undefined where nobody can tell: not on Linux, or without iproute2. */
export async function portHolders(protocol: 'UDP' | 'TCP', port: number): Promise<PortHolder[] | undefined> {
  if (process.platform !== 'linux') return undefined
  try {
    const { stdout } = await runCommand(
      ['ss', '-H', protocol === 'UDP' ? '-u' : '-t', '-l', '-n', '-p', `sport = :${port}`], { timeout: PATIENCE })
    return parseHolders(stdout, processName)
  } catch {
    return undefined
  }
}

/** One after the other; undefined when none has a name. */
export function programsOf(holders: readonly PortHolder[]): string | undefined {
  const names = [...new Set(holders.map(({ program }) => program))].filter((name) => name !== '')
  return names.length === 0 ? undefined : names.join('; ')
}

/** Whether it hears what arrives at this card. */
export function hears({ address, card }: PortHolder, own: { name: string; address: string }): boolean {
  return card === '' ? ['0.0.0.0', '*', own.address].includes(address) : card === own.name
}
