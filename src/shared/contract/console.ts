/**
 * Everything that screens and CLI may ask of the console. Inputs are schemas, checked on the console's
 * side; results are the views. A call that fails rejects with a ClonaulaError.
 */
import { z } from 'zod'
import { NetworkProperties } from '../domain/classroom.ts'
import { BootMode } from '../domain/computer.ts'
import { DiskTarget } from '../domain/disk.ts'
import { ClassroomId, ComputerId, GroupId, HostName, ImageId, MacAddress, OperationId, SiteId } from '../domain/ids.ts'
import { CaptureMode, ImageName } from '../domain/image.ts'
import { RestoreMethod } from '../domain/method.ts'
import type {
  BootTimelineView, ClassroomView, ComputerView, ConsoleView, GroupView, ImageView, LogLineView, OperationView,
  PendingView, RestorePlanRow, ServiceView, SiteView,
} from './views.ts'

/** Who may: each role can do what the ones before it can. */
export const ROLES = ['viewer', 'technician', 'administrator'] as const
export type Role = (typeof ROLES)[number]

interface Call<I extends z.ZodType, O> { input: I; role: Role; /** Type only. */ result?: O }

const reads = <I extends z.ZodType>(input: I) => ({ returns: <O>(): Call<I, O> => ({ input, role: 'viewer' }) })
const acts = <I extends z.ZodType>(input: I) => ({ returns: <O>(): Call<I, O> => ({ input, role: 'technician' }) })
const governs = <I extends z.ZodType>(input: I) => ({ returns: <O>(): Call<I, O> => ({ input, role: 'administrator' }) })

const nothing = z.object({})
const Name = z.string().trim().min(1).max(100)

/** What a restore is to do, for planning and for doing. */
export const RestoreRequest = z.object({
  computers: z.array(ComputerId).min(1).max(1000),
  target: DiskTarget,
  image: ImageId,
  /** Absent: the newest. */
  revision: z.number().int().positive().optional(),
  /** Which partition of a disk image goes into a target partition. */
  volume: z.number().int().positive().optional(),
  method: RestoreMethod,
  /** Set the host name from the inventory and mend the boot loader. */
  postconfigure: z.boolean().default(true),
  restart: z.boolean().default(false),
})
export type RestoreRequest = z.infer<typeof RestoreRequest>

export const calls = {
  'console.info': reads(nothing).returns<ConsoleView>(),
  'services.restart': governs(z.object({ name: z.enum(['dhcp', 'tftp', 'http', 'agents', 'web']) })).returns<ServiceView[]>(),

  'sites.list': reads(nothing).returns<SiteView[]>(),
  'sites.create': governs(z.object({ name: Name })).returns<SiteView>(),
  'classrooms.list': reads(nothing).returns<ClassroomView[]>(),
  'classrooms.create': acts(z.object({ siteId: SiteId, name: Name })).returns<ClassroomView>(),
  'classrooms.update': acts(z.object({ id: ClassroomId, name: Name.optional(), network: NetworkProperties.optional() })).returns<ClassroomView>(),
  /** Unknown computers that boot in the next minutes are adopted by themselves; 0 closes the window. `namePattern`: `pc-##`. */
  'classrooms.enrol': acts(z.object({ id: ClassroomId, minutes: z.number().int().min(0).max(480), namePattern: z.string().regex(/^[a-z0-9-]*#{1,4}[a-z0-9-]*$/).max(40) })).returns<ClassroomView>(),
  'groups.list': reads(nothing).returns<GroupView[]>(),
  'groups.create': acts(z.object({ classroomId: ClassroomId, parentId: GroupId.optional(), name: Name })).returns<GroupView>(),

  'computers.list': reads(nothing).returns<ComputerView[]>(),
  'computers.create': acts(z.object({ classroomId: ClassroomId, groupId: GroupId.optional(), name: HostName, macs: z.array(MacAddress).min(1).max(8) })).returns<ComputerView>(),
  'computers.update': acts(z.object({
    id: ComputerId,
    name: HostName.optional(),
    classroomId: ClassroomId.optional(),
    groupId: GroupId.nullable().optional(),
    position: z.object({ column: z.number().int().min(0).max(99), row: z.number().int().min(0).max(99) }).optional(),
    bootMode: BootMode.optional(),
    maintenance: z.boolean().optional(),
  })).returns<ComputerView>(),
  'computers.remove': acts(z.object({ id: ComputerId })).returns<null>(),
  'computers.timeline': reads(z.object({ mac: MacAddress })).returns<BootTimelineView>(),
  'computers.power': acts(z.object({ computers: z.array(ComputerId).min(1).max(1000), action: z.enum(['start', 'restart', 'shutdown']) })).returns<OperationView[]>(),
  'pending.list': reads(nothing).returns<PendingView[]>(),
  'pending.adopt': acts(z.object({ mac: MacAddress, classroomId: ClassroomId, groupId: GroupId.optional(), name: HostName })).returns<ComputerView>(),

  'images.list': reads(nothing).returns<ImageView[]>(),
  'images.capture': acts(z.object({ computer: ComputerId, source: DiskTarget, name: ImageName, description: z.string().max(1000).default(''), mode: CaptureMode.default('used') })).returns<OperationView>(),
  'restore.plan': reads(RestoreRequest).returns<RestorePlanRow[]>(),
  /** One operation per computer; computers that the plan refuses get an operation that failed with the reason. */
  'restore.start': acts(RestoreRequest).returns<OperationView[]>(),

  'operations.list': reads(z.object({ computer: ComputerId.optional(), limit: z.number().int().min(1).max(1000).default(200) })).returns<OperationView[]>(),
  'operations.get': reads(z.object({ id: OperationId })).returns<OperationView>(),
  'operations.log': reads(z.object({ id: OperationId, after: z.number().int().min(0).default(0) })).returns<LogLineView[]>(),
  'operations.cancel': acts(z.object({ id: OperationId })).returns<OperationView>(),
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
