/** What people type: computers and images by name, disks and partitions as `1` or `1:3`. */
import type { Client } from '#shared/contract/rpc.ts'
import type { ClassroomView, ComputerView, ImageView } from '#shared/contract/views.ts'
import type { DiskTarget } from '#shared/domain/disk.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { UsageError } from './usage.ts'

/** `1` → the whole of disk 1; `1:3` → its partition 3. @throws ClonaulaError `invalidRequest` */
export function parseTarget(text: string): DiskTarget {
  const [, disk, partition] = /^(\d{1,2})(?::(\d{1,3}))?$/.exec(text) ?? []
  if (disk === undefined) throw new UsageError('expected', text, 'TARGET', '1, 1:3')
  return { disk: Number(disk), ...(partition !== undefined && { partition: Number(partition) }) }
}

export function showTarget({ disk, partition }: DiskTarget): string {
  return partition === undefined ? String(disk) : `${disk}:${partition}`
}

function theOne<T>(what: string, found: readonly T[], describe: (item: T) => string): T {
  const [only, ...others] = found
  if (only === undefined) throw new ClonaulaError('notFound', `no ${what}`, { what })
  if (others.length > 0) throw new UsageError('ambiguous', what, found.map(describe).join(', '))
  return only
}

/** Names do not tell upper from lower case. */
export const same = (a: string, b: string): boolean => a.localeCompare(b, undefined, { sensitivity: 'accent' }) === 0

export interface Directory {
  classrooms: readonly ClassroomView[]
  computers: readonly ComputerView[]
}

export async function readDirectory(client: Client): Promise<Directory> {
  const [classrooms, computers] = await Promise.all([
    client.call('classrooms.list', {}),
    client.call('computers.list', {}),
  ])
  return { classrooms, computers }
}

/** `Aula 1/pc-01`: what a name is called in full. */
export function fullName({ classrooms }: Directory, { name, classroomId }: ComputerView): string {
  return `${classrooms.find(({ id }) => id === classroomId)?.name ?? '?'}/${name}`
}

/**
 * By name, `classroom/name`, or MAC address.
 * @throws ClonaulaError `notFound` · `invalidRequest` when several have the name
 */
export function findComputer(directory: Directory, text: string): ComputerView {
  const mac = text.replaceAll('-', ':')
  const matches = (computer: ComputerView): boolean =>
    [computer.name, fullName(directory, computer)].some((name) => same(name, text))
    || computer.macs.some((own) => same(own, mac))
  return theOne(text, directory.computers.filter(matches), (computer) => fullName(directory, computer))
}

/** Without a name: the only one there is. */
export function findClassroom({ classrooms }: Directory, text: string | undefined): ClassroomView {
  const found = text === undefined ? classrooms : classrooms.filter(({ name }) => same(name, text))
  return theOne(text ?? '--classroom', found, ({ name }) => name)
}

export async function findImage(client: Client, text: string): Promise<ImageView> {
  const images = await client.call('images.list', {})
  return theOne(text, images.filter(({ name }) => same(name, text)), ({ name }) => name)
}

/** Those that are named, or all of a classroom. @throws ClonaulaError `notFound` · `invalidRequest` neither or both, or nobody is there */
export async function chooseComputers(client: Client, names: readonly string[], classroom: string | undefined): Promise<ComputerView[]> {
  const directory = await readDirectory(client)
  if (classroom === undefined) {
    if (names.length === 0) throw new UsageError('missing', 'COMPUTER')
    return names.map((name) => findComputer(directory, name))
  }
  if (names.length > 0) throw new UsageError('computersOrClassroom')
  const { id } = findClassroom(directory, classroom)
  const inside = directory.computers.filter(({ classroomId }) => classroomId === id)
  if (inside.length === 0) throw new UsageError('emptyClassroom', classroom)
  return inside
}
