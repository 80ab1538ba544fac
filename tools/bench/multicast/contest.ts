import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Segment } from '#shared/transfer/multicast/segments.ts'
import { Room } from './room.ts'
import { startReceiver, startSender, type PROGRAMS } from './session.ts'

export interface Contest {
  receivers: number
  /** Percent of multicast packets that each receiver loses. */
  loss: number
  /** Mbit/s of the sender's line. */
  rate: number
  /** A folder with packs, and the same bytes as one file. */
  folder: string
  segments: Segment[]
  file: string
  bytes: number
  /** Ours: one file of JavaScript each. */
  programs: typeof PROGRAMS
  signal: AbortSignal
}

export interface Lap {
  /** From the sender's start to the last receiver's last byte. */
  seconds: number
  /** Seconds of processor time of the sender, and of all receivers; of ours alone. */
  processor?: { sender: number; receivers: number }
  /** Share of the datagrams' units that were sent again. */
  repaired?: number
}

/** Sides of the contest: ours, udpcast as it is fastest here, udpcast as OpenGnsys starts it. */
export const SIDES = ['clonaula', 'udpcast', 'udpcast-opengnsys'] as const
export type Side = (typeof SIDES)[number]

/** What limits the rate in all three is the line; ours and udpcast's own limits lie above it, OpenGnsys' at it. */
const SPEED_ABOVE = 1.25
const GROUP = '239.194.7.7'
const CONTROL = 7000
/** Of the expected time, and seconds besides, after which a lap counts as stuck. */
const PATIENCE = { times: 20, more: 60 }
/** Milliseconds for which udpcast's receivers may go on when its sender has ended. */
const WITHOUT_SENDER = 5000
/** Laps after which the peer has failed too often: udpcast gives up a receiver now and then, and its sender ends well all the same. */
const TRIES = 4

/** The peer said that it had done what it had not. */
class PeerFailure extends Error {}

/** One lap of one side; of the peer one that brought everything to everybody. @throws Error when it gets stuck or fails · AbortError */
export async function runLap(side: Side, contest: Contest): Promise<Lap> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await tryLap(side, contest)
    } catch (error) {
      if (!(error instanceof PeerFailure) || left === 1) throw error
      console.error(`${error.message}: once more`)
    }
  }
}

/** In a room of its own. */
async function tryLap(side: Side, contest: Contest): Promise<Lap> {
  contest.signal.throwIfAborted()
  const room = await Room.create(contest)
  const late = AbortSignal.timeout(((contest.bytes / (contest.rate * 125_000)) * PATIENCE.times + PATIENCE.more) * 1000)
  const stopped = once(AbortSignal.any([contest.signal, late]), 'abort').then(() => {
    contest.signal.throwIfAborted()
    throw new Error(`${side} got stuck`)
  })
  try {
    return await Promise.race([side === 'clonaula' ? ourLap(room, contest) : peerLap(room, contest, side), stopped])
  } finally {
    stopped.catch(() => undefined)
    await room.remove()
  }
}

async function ourLap(room: Room, { receivers, rate, folder, segments, programs }: Contest): Promise<Lap> {
  const host = Room.address('sender')
  const sender = await startSender(room, {
    folder, segments, expected: receivers, control: CONTROL,
    network: {
      group: GROUP, port: 9000, mode: 'full-duplex', speed: Math.round(rate * SPEED_ABOVE), maxClients: receivers, maxWait: 120, interface: host,
    },
  }, { programs })
  const all = Array.from({ length: receivers }, (_, index) => startReceiver(room, index, {
    folder, segments, sender: { host, port: CONTROL }, interface: Room.address(index), deafAfter: 60_000,
  }, programs))
  const start = await sender.heard('start')
  const done = await Promise.all(all.map((receiver) => receiver.heard('done')))
  const end = await sender.heard('end')
  const fetched = done.filter(({ figures }) => figures.fetched > 0).length
  if (fetched > 0) throw new Error(`${fetched} receivers needed unicast: ${JSON.stringify(sender.said)}`)
  return {
    seconds: (Math.max(...done.map(({ at }) => at)) - start.at) / 1000,
    processor: { sender: end.processor, receivers: done.reduce((sum, { processor }) => sum + processor, 0) },
    repaired: end.figures.repaired / end.figures.units,
  }
}

/**
 * Also to a single receiver by multicast: udpcast would send to its address, where nothing is lost here.
 *
 * udpcast's clock runs from its "Starting transfer" to the end of its sender, which waits for every receiver's confirmation.
 */
async function peerLap(room: Room, { receivers, rate, file }: Contest, side: Exclude<Side, 'clonaula'>): Promise<Lap> {
  const settings = side === 'udpcast-opengnsys' ? ['--fec', '8x8/128', '--max-bitrate', `${rate}m`] : []
  const common = ['--interface', 'eth0', '--portbase', '9010', '--nokbd']
  const sender = room.spawn('sender', [
    'udp-sender', '--file', file, ...common, '--min-receivers', String(receivers), '--mcast-data-address', GROUP, '--nopointopoint', '--no-progress', ...settings,
  ])
  const said = collect(sender)
  const all = Array.from({ length: receivers }, (_, index) =>
    room.spawn(index, ['udp-receiver', '--file', '/dev/null', '--nosync', '--no-progress', ...common]))
  const heard = all.map(collect)
  let startedAt: number | undefined
  sender.stderr?.on('data', () => {
    if (said().includes('Starting transfer')) startedAt ??= performance.now()
  })
  const closed = all.map((receiver) => once(receiver, 'close'))
  const [code] = await once(sender, 'close') as [number | null]
  const endedAt = performance.now()
  if (code !== 0 || startedAt === undefined) throw new Error(`udp-sender ended with ${code}: ${said()}`)
  await Promise.race([Promise.all(closed), sleep(WITHOUT_SENDER)])
  const incomplete = heard.filter((each) => !each().includes('Transfer complete'))
  if (incomplete.length > 0) throw new PeerFailure(`udpcast left ${incomplete.length} of ${receivers} receivers without all: ${said()} ${incomplete[0]?.()}`)
  return { seconds: (endedAt - startedAt) / 1000 }
}

/** What a program says on its standard error, as far as it has; the rest is thrown away. */
function collect(program: ChildProcess): () => string {
  let said = ''
  program.stdout?.resume()
  program.stderr?.setEncoding('utf8').on('data', (text: string) => { said = (said + text).slice(-4000) })
  return () => said
}

/** One file with the bytes of all packs, in order. */
export async function joinPacks(folder: string, segments: readonly Segment[], file: string): Promise<void> {
  await using handle = await open(file, 'w')
  for (const { pack } of segments) await handle.writeFile(await readFile(join(folder, pack)))
}
