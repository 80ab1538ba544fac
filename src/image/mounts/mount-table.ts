import { readFile } from 'node:fs/promises'

/** One line of /proc/self/mountinfo, as proc(5) describes it. */
export interface MountEntry {
  /** Where it is mounted. */
  place: string
  filesystem: string
  /** Device or file that is mounted; whatever the filesystem says it is. */
  source: string
}

export function parseMountInfo(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ')
    const place = before?.split(' ')[4]
    const [filesystem, source] = after?.split(' ') ?? []
    if (place === undefined || filesystem === undefined || source === undefined) return []
    return [{ place: plain(place), filesystem, source: plain(source) }]
  })
}

/** Everything that this process sees mounted, in the order in which it was. */
export async function listMounts(): Promise<MountEntry[]> {
  return parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'))
}

/**
 * What is mounted inside of a folder, or from a file in it, by itself or through a loop device; what was mounted last
 * comes first.
 */
export async function mountsBelow(folder: string): Promise<MountEntry[]> {
  const inside = (path: string): boolean => path.startsWith(`${folder}/`)
  const found: MountEntry[] = []
  for (const entry of await listMounts()) {
    if (inside(entry.place) || inside(entry.source) || inside(await backingFile(entry.source))) found.push(entry)
  }
  return found.toReversed()
}

/** The file that a loop device shows; empty for all else. */
async function backingFile(device: string): Promise<string> {
  const loop = /^\/dev\/(loop\d+)$/.exec(device)?.[1]
  return loop === undefined ? '' : readFile(`/sys/block/${loop}/loop/backing_file`, 'utf8').catch(() => '')
}

/** The kernel writes spaces, tabs, line feeds and backslashes as `\040`; together the bytes are UTF-8. */
function plain(text: string): string {
  const bytes = Buffer.from(text, 'utf8').toString('latin1')
    .replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
