/**
 * The agent protocol, version 1: JSON messages over a WebSocket on TLS. The agent pins the console's
 * certificate (`clonaula.key` on its kernel command line) and proves itself with the one-time token of
 * its boot script (`clonaula.token`), afterwards with the session that the first welcome gives it, so
 * that a lost connection or a restarted console finds the same agent again.
 *
 * `done` is sent again after every reconnection until the console acknowledges it; `progress` and
 * `log` may be lost while there is no connection (the agent keeps the last log lines and sends them);
 * `transfer` is lost, and its channels end with the connection.
 */
import { z } from 'zod'
import { CachedName } from '../domain/cache.ts'
import { Hardware } from '../domain/computer.ts'
import { DiskTarget } from '../domain/disk.ts'
import { ComputerId, HostName, MacAddress, OperationId, Sha256Hex } from '../domain/ids.ts'
import { CaptureOptions, ImageName } from '../domain/image.ts'
import { RestoreMethod } from '../domain/method.ts'
import { Figures } from '../domain/operation.ts'
import { Progress } from '../domain/progress.ts'
import { RestoreOptions } from '../domain/restore-options.ts'
import { CACHE_COMMANDS, CacheOptions, OrderText } from './cache-commands.ts'
import { RepositoryAccess, Secret } from './repository-access.ts'
import { TransferMessage } from './transfer-channel.ts'

export const AGENT_PROTOCOL = 1
/** Path of the WebSocket on the console's agent port. */
export const AGENT_PATH = '/agent'
/** Largest message either side accepts, in bytes. */
export const AGENT_MESSAGE_LIMIT = 1024 * 1024
/** Seconds between pings of the console; after three without an answer the connection is given up. */
export const AGENT_PING_SECONDS = 10

export { RepositoryAccess, Secret }

export const CaptureCommand = z.object({
  kind: z.literal('capture'),
  source: DiskTarget,
  ...CaptureOptions.shape,
  /** Into the computer's own CACHE, by this name, to be published later; into the repository, unless said. */
  intoCache: CachedName.pick({ name: true }).optional(),
  repository: RepositoryAccess,
})
export type CaptureCommand = z.infer<typeof CaptureCommand>

export const RestoreCommand = z.object({
  kind: z.literal('restore'),
  order: OrderText.optional(),
  /** Of the image, for the log. */
  name: ImageName.optional(),
  /** Without a partition: the whole disk, table and boot areas included (disk images only). */
  target: DiskTarget,
  manifest: Sha256Hex,
  /** Which partition of a disk image goes into the target partition. */
  volume: z.number().int().positive().optional(),
  method: RestoreMethod,
  repository: RepositoryAccess,
  /** Name that the restored system is to have; absent: nothing is changed in it. */
  hostName: HostName.optional(),
  ...RestoreOptions.shape,
  /** How the image comes into the CACHE, for the methods that go by way of it. */
  cache: CacheOptions.optional(),
})
export type RestoreCommand = z.infer<typeof RestoreCommand>

export const PowerCommand = z.object({ kind: z.enum(['restart', 'shutdown']) })

export const AgentCommand = z.discriminatedUnion('kind', [CaptureCommand, RestoreCommand, ...CACHE_COMMANDS, PowerCommand])
export type AgentCommand = z.infer<typeof AgentCommand>

/** Whether a multicast reaches a computer: it listens for so long, and says how many datagrams of exactly these bytes it heard. */
export const Probe = z.object({
  type: z.literal('probe'),
  /** What the datagrams say, as ASCII: from the system's random source, a new one for each probe. */
  nonce: Secret,
  group: z.ipv4(),
  port: z.number().int().min(1).max(65_535),
  /** Longer than switches remember who listens, at most. */
  milliseconds: z.number().int().min(1).max(600_000),
})
export type Probe = z.infer<typeof Probe>

export const Probed = z.object({ type: z.literal('probed'), nonce: Secret, heard: z.number().int().nonnegative() })
export type Probed = z.infer<typeof Probed>

/** The last moment that a Date can be (ECMA-262, "Time Values and Time Range"). */
const LAST_MOMENT = 8.64e15

export const LogLine = z.object({
  /** Milliseconds since the epoch, agent's clock. */
  at: z.number().int().nonnegative().max(LAST_MOMENT),
  level: z.enum(['info', 'warn', 'error']),
  text: z.string().max(2000),
})
export type LogLine = z.infer<typeof LogLine>

/** More than any result has. Looked at before the entries are, each of which may be wrong in its own way. */
const MAX_PARAMS = 32
const Params = z.record(z.string(), z.unknown())
  .refine((params) => Object.keys(params).length <= MAX_PARAMS, 'too many parameters')
  .pipe(z.record(z.string().max(40), z.union([z.string().max(400), z.number()])))

/** How an operation ended: `code` 0 is success; `params` fill the sentence of the code. */
export const Outcome = z.object({
  code: z.number().int().nonnegative(),
  message: z.string().max(2000),
  params: Params,
  seconds: z.number().nonnegative(),
  figures: Figures,
  /** The manifest that a capture published. */
  manifest: Sha256Hex.optional(),
})
export type Outcome = z.infer<typeof Outcome>

export const AgentMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocol: z.number().int(),
    /** Exactly one of the two. */
    token: Secret.optional(),
    session: Secret.optional(),
    /** The card that this computer booted from. */
    mac: MacAddress,
    version: z.string().max(40),
    hardware: Hardware,
    /** Operations that this agent is still working on. */
    running: z.array(OperationId).max(16),
    /** Seconds since its kernel started. */
    uptime: z.number().nonnegative(),
  }),
  z.object({ type: z.literal('inventory'), hardware: Hardware }),
  z.object({ type: z.literal('progress'), operation: OperationId, progress: Progress }),
  z.object({ type: z.literal('log'), operation: OperationId.optional(), lines: z.array(LogLine).min(1).max(200) }),
  z.object({ type: z.literal('done'), operation: OperationId, outcome: Outcome }),
  TransferMessage,
  Probed,
])
export type AgentMessage = z.infer<typeof AgentMessage>

export const ConsoleMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('welcome'),
    session: Secret,
    /** Absent while the computer waits to be adopted. */
    computer: z.object({ id: ComputerId, name: HostName }).optional(),
    language: z.enum(['es', 'en']),
  }),
  /** The computer was adopted, or renamed, while its agent was connected. */
  z.object({ type: z.literal('adopted'), computer: z.object({ id: ComputerId, name: HostName }) }),
  z.object({ type: z.literal('run'), operation: OperationId, command: AgentCommand }),
  z.object({ type: z.literal('cancel'), operation: OperationId }),
  z.object({ type: z.literal('ack'), operation: OperationId }),
  TransferMessage,
  Probe,
])
export type ConsoleMessage = z.infer<typeof ConsoleMessage>

/** WebSocket close codes of this protocol (RFC 6455 leaves 4000–4999 to applications). */
export const AGENT_CLOSE = {
  /** The first message was not a hello that the contract allows. */
  badHello: 4400,
  /** Token used, expired or unknown: only a new boot gives another. */
  refused: 4401,
  /** A newer connection of the same agent took over. */
  replaced: 4409,
  protocol: 4426,
} as const
