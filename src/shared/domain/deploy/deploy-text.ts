/**
 * The commands of a deployment as text, one to a line:
 *
 *     deployImage REPO IMAGE[@REVISION][:VOLUME] DISK PARTITION|* TRANSFER [OPTIONS]
 *     updateCache REPO /IMAGE[@REVISION] TRANSFER [OPTIONS]
 *
 * e.g. `deployImage REPO Win10 1 1 MULTICAST 9000:full-duplex:239.194.1.2:50M:35:60`, `updateCache REPO "/Ubuntu 24.04" TORRENT
 * peer:60`. `*` is the whole disk; `OPTIONS` are in `option-text.ts`.
 */
import type { z } from 'zod'
import { DiskTarget } from '../disk.ts'
import { ImageName } from '../image.ts'
import { commandFault, quoted, Words } from './command-words.ts'
import { CacheTransfer, DeployTransfer, type DeployCommand, type DeployImage, type UpdateCache } from './deploy-command.ts'
import { decodeOptions, encodeTransfer } from './option-text.ts'

/** The repository of the console, the only one that there is. */
const REPOSITORY = 'REPO'
/** Commands of one deployment. */
export const MAX_DEPLOY_COMMANDS = 20

const KINDS = ['deployImage', 'updateCache'] as const
const DiskNumber = DiskTarget.shape.disk
const PartitionNumber = DiskTarget.shape.partition.unwrap()
const IMAGE = `IMAGE[@REVISION][:VOLUME], VOLUME = ${boundsOf(PartitionNumber)}`

export function encodeCommand(command: DeployCommand): string {
  const { kind, image, transfer, options } = command
  const name = `${image.name}${image.revision === undefined ? '' : `@${image.revision}`}`
  const words = kind === 'updateCache' ? [`/${name}`] : [name + volumeText(command.image), command.target.disk, command.target.partition ?? '*']
  return [kind, REPOSITORY, ...words.map((word) => quoted(String(word))), encodeTransfer(transfer, options)].join(' ')
}

function volumeText({ volume }: DeployImage['image']): string {
  return volume === undefined ? '' : `:${volume}`
}

export function encodeDeployment(commands: readonly DeployCommand[]): string {
  return commands.map((command) => `${encodeCommand(command)}\n`).join('')
}

/** Empty lines say nothing. @throws ClonaulaError `deployCommand`, with `line`, `column`, and the `word`, what was `expected` and the `most` commands where there is one */
export function decodeDeployment(text: string): DeployCommand[] {
  const lines = text.split(/\r?\n/).map((line, at) => new Words(line, at + 1)).filter((words) => !words.isEmpty)
  if (lines.length === 0) throw commandFault({ text: '', line: 1, column: 1 }, KINDS.join(', '))
  const commands = lines.slice(0, MAX_DEPLOY_COMMANDS).map(decodeWords)
  const surplus = lines[MAX_DEPLOY_COMMANDS]?.next()
  if (surplus) throw commandFault(surplus, undefined, MAX_DEPLOY_COMMANDS)
  return commands
}

function decodeWords(words: Words): DeployCommand {
  const kind = words.expect(KINDS.join(', '), (text) => KINDS.find((each) => each === text))
  words.expect(REPOSITORY, (text) => (text === REPOSITORY ? text : undefined))
  const command = kind === 'deployImage' ? decodeDeployImage(words) : decodeUpdateCache(words)
  words.end()
  return command
}

function decodeDeployImage(words: Words): DeployImage {
  const image = words.expect(IMAGE, decodeImage)
  const disk = words.expect(boundsOf(DiskNumber), (text) => readNumber(text, DiskNumber))
  const partition = words.expect(`${boundsOf(PartitionNumber)}, *`, (text) => (text === '*' ? 'all' : readNumber(text, PartitionNumber)))
  const target = { disk, ...(partition !== 'all' && { partition }) }
  return { kind: 'deployImage', image, target, ...decodeTransfer(words, DeployTransfer) }
}

function decodeUpdateCache(words: Words): UpdateCache {
  const image = words.expect('/IMAGE[@REVISION]', (text) => {
    const named = text.startsWith('/') ? decodeImage(text.slice(1)) : undefined
    return named?.volume === undefined ? named : undefined
  })
  return { kind: 'updateCache', image, ...decodeTransfer(words, CacheTransfer) }
}

function decodeTransfer<T extends DeployTransfer>(words: Words, known: { options: readonly T[] }): Pick<DeployImage, 'options'> & { transfer: T } {
  const transfer = words.expect(known.options.join(', '), (text) => known.options.find((each) => each === text))
  const given = words.next()
  return { transfer, options: given ? decodeOptions(transfer, given) : {} }
}

/** `IMAGE[@REVISION][:VOLUME]`; undefined: it is none. */
export function decodeImage(text: string): DeployImage['image'] | undefined {
  const [, written, revision, part] = /^([^@:]+)(?:@([1-9]\d{0,8}))?(?::(\d+))?$/.exec(text) ?? []
  const name = ImageName.safeParse(written).data
  const volume = part === undefined ? undefined : readNumber(part, PartitionNumber)
  if (name === undefined || (part !== undefined && volume === undefined)) return undefined
  return { name, ...(revision !== undefined && { revision: Number(revision) }), ...(volume !== undefined && { volume }) }
}

function boundsOf({ minValue, maxValue }: z.ZodNumber): string {
  return `${minValue}–${maxValue}`
}

function readNumber(text: string, schema: z.ZodType<number>): number | undefined {
  return /^\d{1,3}$/.test(text) ? schema.safeParse(Number(text)).data : undefined
}
