/** Protocol options as one word: `9000:full-duplex:239.194.1.2:50M:35:60` of a multicast, `peer:60` of a swarm. */
import type { NetworkProperties } from '../classroom.ts'
import type { DeployTransfer } from './deploy-command.ts'
import { commandFault, type Word } from './command-words.ts'
import { ProtocolOptions } from './protocol-options.ts'

type OptionName = keyof ProtocolOptions

/** A field of the word. An empty one is as the classroom has it. */
interface Field {
  name: OptionName
  /** What it may be, for whoever wrote something else. */
  expected: string
  write: (value: string | number) => string
  /** Of a number; stands behind it. */
  unit: string
  /** The value that a text stands for; undefined: none within its bounds. */
  read: (text: string) => string | number | undefined
}

const { shape } = ProtocolOptions

const word = (name: 'multicastMode' | 'multicastAddress' | 'p2pMode', ...expected: readonly string[]): Field => ({
  name, expected: expected.join(', '), unit: '', write: String, read: (text) => shape[name].safeParse(text).data,
})

function number(name: Exclude<OptionName, 'multicastMode' | 'multicastAddress' | 'p2pMode'>, unit = ''): Field {
  const { minValue, maxValue } = shape[name].unwrap()
  const step = name === 'multicastPort' ? `, ${(minValue ?? 0) + 2} … ` : '–'
  return {
    name,
    unit,
    expected: `${minValue}${unit}${step}${maxValue}${unit}`,
    write: (value) => `${value}${unit}`,
    read(text) {
      const digits = text.slice(0, text.length - unit.length)
      return text.endsWith(unit) && /^\d{1,9}$/.test(digits) ? shape[name].safeParse(Number(digits)).data : undefined
    },
  }
}

const MULTICAST: readonly Field[] = [
  number('multicastPort'),
  word('multicastMode', ...shape.multicastMode.unwrap().options),
  word('multicastAddress', '224.0.0.0–239.255.255.255'),
  number('multicastSpeed', 'M'),
  number('maxClients'),
  number('maxWait'),
]
const SWARM: readonly Field[] = [word('p2pMode', ...shape.p2pMode.unwrap().options), number('p2pTime')]

const FIELDS: Record<DeployTransfer, readonly Field[]> = {
  'TORRENT': SWARM, 'MULTICAST': MULTICAST, 'MULTICAST-DIRECT': MULTICAST, 'UNICAST': [], 'UNICAST-DIRECT': [],
}

/** The options that a way of transfer has a use for, as its commands have them in a row. */
export function optionNames(transfer: DeployTransfer): readonly OptionName[] {
  return FIELDS[transfer].map(({ name }) => name)
}

/** What may be written for an option. */
export function expectedOption(name: OptionName): string {
  return fieldOf(name).expected
}

/** One option as people write it by itself, where the unit goes without saying. @returns undefined: not within its bounds */
export function readOption(name: OptionName, text: string): string | number | undefined {
  const { read, unit } = fieldOf(name)
  return read(text) ?? read(text + unit)
}

function fieldOf(name: OptionName): Field {
  return [...MULTICAST, ...SWARM].find((field) => field.name === name)!
}

/** Those of `optionNames` that are there. */
export function optionsOf(transfer: DeployTransfer, options: ProtocolOptions): ProtocolOptions {
  const own = optionNames(transfer).map((name) => [name, options[name]]).filter(([, value]) => value !== undefined)
  return ProtocolOptions.parse(Object.fromEntries(own))
}

/** A classroom's properties as options: what a deployment does that says nothing of its own. */
export function optionsOfRoom(transfer: DeployTransfer, network: NetworkProperties): ProtocolOptions {
  const { multicastAddress, ...rest } = network
  return optionsOf(transfer, multicastAddress === '' ? rest : { ...rest, multicastAddress })
}

/** `TORRENT peer:60`: a way of transfer with its options, as commands have them. */
export function encodeTransfer(transfer: DeployTransfer, options: ProtocolOptions): string {
  return `${transfer} ${encodeOptions(transfer, options)}`.trimEnd()
}

/** @returns '' when all is as the classroom has it */
function encodeOptions(transfer: DeployTransfer, options: ProtocolOptions): string {
  const texts = FIELDS[transfer].map(({ name, write }) => {
    const value = options[name]
    return value === undefined ? '' : write(value)
  })
  return texts.some(Boolean) ? texts.join(':') : ''
}

/** What is too much of a word that ends in an empty field. */
function colonBefore(place: Word, given: Word): Word {
  return { ...place, text: ':', column: Math.max(given.column, place.column - 1) }
}

/** @throws ClonaulaError `deployCommand` */
export function decodeOptions(transfer: DeployTransfer, given: Word): ProtocolOptions {
  const fields = FIELDS[transfer]
  const values: [OptionName, unknown][] = []
  let { column } = given
  for (const [at, text] of given.text.split(':').entries()) {
    const field = fields[at]
    const place = { ...given, text, column }
    if (!field) throw commandFault(text === '' && given.text !== '' ? colonBefore(place, given) : place)
    if (text !== '') {
      const value = field.read(text)
      if (value === undefined) throw commandFault(place, field.expected)
      values.push([field.name, value])
    }
    column += text.length + 1
  }
  const missing = fields[given.text.split(':').length]
  if (missing) throw commandFault({ ...given, text: '', column: column - 1 }, `:${missing.expected}`)
  return ProtocolOptions.parse(Object.fromEntries(values))
}
