/**
 * Everything that screens and CLI may ask of the console. Inputs are schemas, checked on the console's
 * side; results are the views. A call that fails rejects with a ClonaulaError.
 */
import { z } from 'zod'
import { EngineRules } from '../domain/automatic-change.ts'
import { NetworkProperties } from '../domain/classroom.ts'
import { BootMode } from '../domain/computer.ts'
import { DiskTarget } from '../domain/disk.ts'
import type { Finding } from '../domain/finding.ts'
import { ClassroomId, ComputerId, GroupId, HostName, ImageId, MacAddress, OperationId, Sha256Hex, SiteId } from '../domain/ids.ts'
import { CaptureOptions, ImageName } from '../domain/image.ts'
import { CacheMethod, RestoreMethod } from '../domain/method.ts'
import { WriteOptions } from '../domain/restore-options.ts'
import { TransferLimits } from '../domain/transfer-limits.ts'
import { Language } from '../i18n/language.ts'
import { Password, ROLES, UserName, type Role } from './people.ts'
import type {
  AuditView, BootTimelineView, ClassroomView, ComputerView, ConsoleView, DeployPlan, GroupView, ImageView, LogLineView, OperationView,
  PendingView, PurgeView, RestorePlanRow, ServiceView, SiteView, TrashedView, UserView,
} from './views.ts'

interface Call<I extends z.ZodType, O> {
  input: I
  role: Role
  /** Whether it is more than a look: then the audit log has it. */
  changes: boolean
  /** Type only. */
  result?: O
}

const reads = <I extends z.ZodType>(input: I) => ({ returns: <O>(): Call<I, O> => ({ input, role: 'viewer', changes: false }) })
const acts = <I extends z.ZodType>(input: I) => ({ returns: <O>(): Call<I, O> => ({ input, role: 'technician', changes: true }) })
const governs = <I extends z.ZodType>(input: I) => ({ returns: <O>(): Call<I, O> => ({ input, role: 'administrator', changes: true }) })
/** Looks at what only administrators see. */
const oversees = <I extends z.ZodType>(input: I) => ({ returns: <O>(): Call<I, O> => ({ input, role: 'administrator', changes: false }) })

const nothing = z.object({})
const Name = z.string().trim().min(1).max(100)

const Description = z.string().max(1000).default('')
const Computers = z.array(ComputerId).min(1).max(1000)

/** What a restore is to do, for planning and for doing. */
export const RestoreRequest = z.object({
  computers: Computers,
  target: DiskTarget,
  image: ImageId,
  /** Absent: the newest. */
  revision: z.number().int().positive().optional(),
  /** Which partition of a disk image goes into a target partition. */
  volume: z.number().int().positive().optional(),
  method: RestoreMethod,
  ...WriteOptions.shape,
})
export type RestoreRequest = z.infer<typeof RestoreRequest>

/** What a deployment is to do: its commands, one to a line (domain/deploy/deploy-text.ts), in this order on each of the computers. */
export const DeployRequest = z.object({
  computers: Computers,
  commands: z.string().max(10_000),
  /** How its deployImage commands write; a restart comes after the last of them. */
  ...WriteOptions.shape,
})
export type DeployRequest = z.infer<typeof DeployRequest>

export const calls = {
  'console.info': reads(nothing).returns<ConsoleView>(),
  /** The language of the clients' screens, of the log and of the command line; each person's screens have their own. */
  'console.setLanguage': governs(z.object({ language: Language })).returns<ConsoleView>(),
  /** What computers do that cannot use the method that was asked for. */
  'console.setEngine': governs(EngineRules).returns<ConsoleView>(),
  /** How much of the network the console takes to send images; holds at once, also for what is being sent. */
  'console.setTransfers': governs(TransferLimits).returns<ConsoleView>(),
  'services.restart': governs(z.object({ name: z.enum(['dhcp', 'tftp', 'http', 'agents', 'peers', 'web']) })).returns<ServiceView[]>(),
  /**
   * Looks at the classroom's network: cable, services, who gives addresses, who else boots computers, whom multicast reaches. Takes
   * some seconds; if `long`, five minutes: it then sees as well whether multicast lasts.
   */
  'network.examine': acts(z.object({ long: z.boolean().default(false) })).returns<Finding[]>(),

  'sites.list': reads(nothing).returns<SiteView[]>(),
  'sites.create': governs(z.object({ name: Name })).returns<SiteView>(),
  'sites.update': governs(z.object({ id: SiteId, name: Name })).returns<SiteView>(),
  /** Only an empty one. */
  'sites.remove': governs(z.object({ id: SiteId })).returns<null>(),
  'classrooms.list': reads(nothing).returns<ClassroomView[]>(),
  'classrooms.create': acts(z.object({ siteId: SiteId, name: Name })).returns<ClassroomView>(),
  'classrooms.update': acts(z.object({ id: ClassroomId, name: Name.optional(), network: NetworkProperties.optional() })).returns<ClassroomView>(),
  /** With its groups and computers, whose disks are not touched; not while one of them is at work. */
  'classrooms.remove': acts(z.object({ id: ClassroomId })).returns<null>(),
  /** Unknown computers that boot in the next minutes are adopted by themselves; 0 closes the window. `namePattern`: `pc-##`. */
  'classrooms.enrol': acts(z.object({ id: ClassroomId, minutes: z.number().int().min(0).max(480), namePattern: z.string().regex(/^[a-z0-9-]*#{1,4}[a-z0-9-]*$/).max(40) })).returns<ClassroomView>(),
  'groups.list': reads(nothing).returns<GroupView[]>(),
  'groups.create': acts(z.object({ classroomId: ClassroomId, parentId: GroupId.optional(), name: Name })).returns<GroupView>(),
  /** `parentId: null` takes it out of the group that it is in. */
  'groups.update': acts(z.object({ id: GroupId, name: Name.optional(), parentId: GroupId.nullable().optional() })).returns<GroupView>(),
  /** With the groups inside it; their computers stay, in the group or classroom around it. */
  'groups.remove': acts(z.object({ id: GroupId })).returns<null>(),

  'computers.list': reads(nothing).returns<ComputerView[]>(),
  'computers.create': acts(z.object({ classroomId: ClassroomId, groupId: GroupId.optional(), name: HostName, macs: z.array(MacAddress).min(1).max(8) })).returns<ComputerView>(),
  'computers.update': acts(z.object({
    id: ComputerId,
    name: HostName.optional(),
    macs: z.array(MacAddress).min(1).max(8).optional(),
    classroomId: ClassroomId.optional(),
    groupId: GroupId.nullable().optional(),
    position: z.object({ column: z.number().int().min(0).max(99), row: z.number().int().min(0).max(99) }).optional(),
    bootMode: BootMode.optional(),
    maintenance: z.boolean().optional(),
  })).returns<ComputerView>(),
  'computers.remove': acts(z.object({ id: ComputerId })).returns<null>(),
  'computers.timeline': reads(z.object({ mac: MacAddress })).returns<BootTimelineView>(),
  'computers.power': acts(z.object({ computers: Computers, action: z.enum(['start', 'restart', 'shutdown']) })).returns<OperationView[]>(),
  'pending.list': reads(nothing).returns<PendingView[]>(),
  'pending.adopt': acts(z.object({ mac: MacAddress, classroomId: ClassroomId, groupId: GroupId.optional(), name: HostName })).returns<ComputerView>(),

  'images.list': reads(nothing).returns<ImageView[]>(),
  /** `intoCache`: the computer's own CACHE keeps it, until `cache.publish` makes a revision of it. */
  'images.capture': acts(z.object({
    computer: ComputerId, source: DiskTarget, name: ImageName, description: Description, intoCache: z.boolean().default(false), ...CaptureOptions.shape,
  })).returns<OperationView>(),
  /** Moves a revision to the trash; nothing of it is lost. Not while it is being restored, or anything is being captured. */
  'images.remove': acts(z.object({ id: ImageId, revision: z.number().int().positive() })).returns<null>(),
  'trash.list': reads(nothing).returns<TrashedView[]>(),
  'trash.putBack': acts(z.object({ id: ImageId, revision: z.number().int().positive() })).returns<null>(),
  'trash.plan': oversees(nothing).returns<PurgeView>(),
  /** For good. `plan`: what `trash.plan` said; when something has changed since, nothing is done. Not while anything is captured or restored. */
  'trash.empty': governs(z.object({ plan: Sha256Hex })).returns<{ bytes: number }>(),
  'restore.plan': reads(RestoreRequest).returns<RestorePlanRow[]>(),
  /** One operation per computer; computers that the plan refuses get an operation that failed with the reason. */
  'restore.start': acts(RestoreRequest).returns<OperationView[]>(),

  /** What each of a deployment's commands would do on each computer. */
  'deploy.plan': reads(DeployRequest).returns<DeployPlan>(),
  /**
   * One operation per command and computer, as `plan`, which is what `deploy.plan` said of the same, has shown it; computers that it
   * refused get an operation that failed with the reason. When something has changed since, or it was started before, nothing is done.
   */
  'deploy.start': acts(DeployRequest.extend({ plan: Sha256Hex })).returns<OperationView[]>(),

  /** Brings an image into CACHEs. */
  'cache.update': acts(z.object({
    computers: Computers, image: ImageId, revision: z.number().int().positive().optional(),
    method: CacheMethod,
  })).returns<OperationView[]>(),
  /** Makes the CACHE at the end of a disk, in free space or in the place of the one that is there. `size`: bytes; absent: all that is free. */
  'cache.prepare': acts(z.object({ computers: Computers, disk: DiskTarget.shape.disk, size: z.number().int().positive().optional() })).returns<OperationView[]>(),
  /** Takes every image out. */
  'cache.format': acts(z.object({ computers: Computers })).returns<OperationView[]>(),
  /** Makes a revision of an image that was captured into a computer's CACHE. `name`: of the image; as it is called there, unless said. */
  'cache.publish': acts(z.object({ computer: ComputerId, manifest: Sha256Hex, name: ImageName.optional(), description: Description })).returns<OperationView>(),
  'cache.delete': acts(z.object({ computers: Computers, manifest: Sha256Hex })).returns<OperationView[]>(),

  'operations.list': reads(z.object({ computer: ComputerId.optional(), limit: z.number().int().min(1).max(1000).default(200) })).returns<OperationView[]>(),
  'operations.get': reads(z.object({ id: OperationId })).returns<OperationView>(),
  'operations.log': reads(z.object({ id: OperationId, after: z.number().int().min(0).default(0) })).returns<LogLineView[]>(),
  'operations.cancel': acts(z.object({ id: OperationId })).returns<OperationView>(),

  /** Who may log in from a browser. */
  'users.list': oversees(nothing).returns<UserView[]>(),
  /** Adds a user, who needs a password, or changes one. */
  'users.set': governs(z.object({ name: UserName, role: z.enum(ROLES), password: Password.optional() })).returns<UserView>(),
  'users.remove': governs(z.object({ name: UserName })).returns<null>(),
  /** The newest first; `before`: those with lower numbers. */
  'audit.list': oversees(z.object({ before: z.number().int().positive().optional(), limit: z.number().int().min(1).max(1000).default(200) })).returns<AuditView[]>(),
} satisfies Record<string, Call<z.ZodType, unknown>>

export type CallName = keyof typeof calls
export type CallInput<N extends CallName> = z.input<(typeof calls)[N]['input']>
export type CallArgs<N extends CallName> = z.output<(typeof calls)[N]['input']>
export type CallResult<N extends CallName> = NonNullable<(typeof calls)[N]['result']> | (null extends (typeof calls)[N]['result'] ? null : never)

export function isCallName(name: unknown): name is CallName {
  return typeof name === 'string' && Object.hasOwn(calls, name)
}

/** The console asks this of every call; screens ask it to offer only what will be done. */
export function mayCall(role: Role, name: CallName): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(calls[name].role)
}
