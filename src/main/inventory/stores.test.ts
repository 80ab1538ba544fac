import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FILESYSTEMS } from '#shared/domain/disk.ts'
import type { Hardware } from '#shared/domain/computer.ts'
import { MacAddress, type ComputerId, type OperationId } from '#shared/domain/ids.ts'
import { facts, fakeClock, outcome, sha } from '../../../tests/support/console-kit.ts'
import { disk, hardware, mac, partition } from '../../../tests/support/hardware.ts'
import { AGENT_SESSION_LIFE, AGENT_SESSIONS_KEPT } from './agent-sessions.ts'
import { BOOT_TOKEN_LIFE, BOOT_TOKENS_PER_ASKER, BOOT_TOKENS_PER_MAC } from './boot-tokens.ts'
import { BOOT_EVENTS_KEPT } from './boot-events.ts'
import { openInventory } from './index.ts'
import { LINES_PER_OPERATION } from './operation-logs.ts'
import { OPERATIONS_KEPT } from './operations.ts'

function setUp() {
  const clock = fakeClock()
  const inventory = openInventory(':memory:', () => clock.now())
  const classroomId = inventory.tree.classrooms()[0]!.id
  const computer = (number = 1): ComputerId =>
    inventory.computers.create({ classroomId, name: `pc-${number}`, macs: [mac(number)] }).id
  const operation = (computerId: ComputerId): OperationId =>
    inventory.operations.create({ computerId, computerName: 'pc', requestedBy: 'ana', task: { kind: 'restart' } }).id
  return { clock, inventory, computer, operation }
}

describe('hardware', () => {
  const text = fc.string({ maxLength: 20 })
  const bytes = fc.nat({ max: Number.MAX_SAFE_INTEGER })
  const anyPartition = fc.record({
    number: fc.integer({ min: 1, max: 256 }), size: bytes.map((size) => size + 1 - Number(size === Number.MAX_SAFE_INTEGER)),
    filesystem: fc.constantFrom(...FILESYSTEMS), label: text, bootable: fc.boolean(), name: text,
    extra: fc.constantFrom({}, { used: 0 }, { used: 5e12 }, { system: { family: 'linux' as const, name: 'Debian «13»' } }),
  }).map(({ extra, ...changes }) => partition(1, { ...changes, ...extra }))
  const anyDisk = fc.record({ removable: fc.boolean(), size: bytes, wwn: text, partitions: fc.array(anyPartition, { maxLength: 4 }) })
    .map((changes) => disk(1, changes))
  const anyCached = fc.record({
    manifest: fc.constantFrom('0', 'f').map((digit) => digit.repeat(64)), bytes, usedAt: bytes, unpublished: fc.boolean(),
  })
  const anyCache = fc.record({
    disk: fc.integer({ min: 1, max: 64 }), partition: fc.integer({ min: 1, max: 256 }), device: fc.constant('/dev/sda4'), size: bytes, free: bytes,
    images: fc.array(anyCached, { maxLength: 3 }),
  })
  const anyCard = fc.constantFrom<Partial<Hardware['interfaces'][number]>>({}, { mtu: 1500 }, { duplex: 'half' }, { duplex: 'full', mtu: 9000 })
    .map((link) => ({ name: 'eth0', mac: mac(1), driver: '', ip: '', speed: 100, ...link }))
  const anyHardware: fc.Arbitrary<Hardware> = fc.record({
    interfaces: fc.array(anyCard, { maxLength: 2 }), disks: fc.array(anyDisk, { maxLength: 3 }), secureBoot: fc.boolean(), product: text, memory: bytes, cache: fc.option(anyCache, { nil: undefined }),
  })
    .map((changes) => hardware(mac(1), changes))

  test('comes back as it went in, whatever the agent says, and replaces what was there', () => {
    const { inventory, computer } = setUp()
    const id = computer()
    fc.assert(fc.property(anyHardware, (found) => {
      inventory.hardware.put(id, found)
      expect(inventory.hardware.get(id)).toEqual(found)
    }), { numRuns: 60 })
  })

  test('of a computer that nobody has looked at is not there', () => {
    const { inventory, computer } = setUp()
    expect(inventory.hardware.get(computer())).toBeUndefined()
  })

  test('that was taken back is not remembered', () => {
    const { inventory, computer } = setUp()
    const id = computer()
    inventory.hardware.put(id, hardware(mac(1), { product: 'before' }))
    expect(() => inventory.atomically(() => {
      inventory.hardware.put(id, hardware(mac(1), { product: 'taken back' }))
      expect(inventory.hardware.get(id)?.product).toBe('taken back')
      throw new Error('full disk')
    })).toThrow('full disk')
    expect(inventory.hardware.get(id)?.product).toBe('before')
  })

  test('goes with its computer', () => {
    const { inventory, computer } = setUp()
    const id = computer()
    inventory.hardware.put(id, hardware(mac(1)))
    expect(inventory.hardware.get(id)).toBeDefined()
    inventory.computers.remove(id)
    expect(inventory.hardware.get(id)).toBeUndefined()
    expect(inventory.computers.idByMac(mac(1))).toBeUndefined()
    expect(() => inventory.computers.remove(id)).toThrow('not found')
  })

  test('a computer’s number is never given again: agents and histories keep it', () => {
    const { inventory, computer } = setUp()
    const first = computer()
    inventory.computers.remove(first)
    expect(computer()).not.toBe(first)
  })
})

describe('boot tokens', () => {
  const OWN = '192.168.7.20'

  test('work once, for their own card, until they expire', () => {
    const { clock, inventory: { bootTokens } } = setUp()
    const [used, stolen, late] = [1, 2, 3].map(() => bootTokens.issue(mac(1), OWN)) as [string, string, string]
    expect([bootTokens.redeem(used, mac(1)), bootTokens.redeem(used, mac(1))]).toEqual([true, false])
    expect(bootTokens.redeem(stolen, mac(2))).toBe(false)
    expect(bootTokens.redeem('', mac(1))).toBe(false)
    clock.advance(BOOT_TOKEN_LIFE - 1)
    expect(bootTokens.redeem(stolen, mac(1))).toBe(true)
    clock.advance(1)
    expect(bootTokens.redeem(late, mac(1))).toBe(false)
  })

  test('are few for one card and asker: the newest', () => {
    const { clock, inventory: { bootTokens } } = setUp()
    const tokens = Array.from({ length: BOOT_TOKENS_PER_ASKER + 2 }, () => {
      clock.advance(1)
      return bootTokens.issue(mac(1), OWN)
    })
    const other = bootTokens.issue(mac(2), OWN)
    expect(tokens.map((token) => bootTokens.redeem(token, mac(1)))).toEqual([false, false, true, true, true, true])
    expect(bootTokens.redeem(other, mac(2))).toBe(true)
  })

  test('are not used up by a stranger who asks for somebody else’s script', () => {
    const { clock, inventory: { bootTokens } } = setUp()
    const own = bootTokens.issue(mac(1), OWN)
    for (let time = 0; time < 1000; time += 1) {
      clock.advance(1)
      bootTokens.issue(mac(1), '10.0.0.66')
    }
    expect(bootTokens.redeem(own, mac(1))).toBe(true)
  })

  test('of one card have an end, whoever asks', () => {
    const { clock, inventory: { bootTokens } } = setUp()
    const tokens = Array.from({ length: BOOT_TOKENS_PER_MAC + 5 }, (_, asker) => {
      clock.advance(1)
      return bootTokens.issue(mac(1), `10.0.0.${asker}`)
    })
    expect(tokens.filter((token) => bootTokens.redeem(token, mac(1)))).toHaveLength(BOOT_TOKENS_PER_MAC)
  })
})

describe('agent sessions', () => {
  test('last while they are used, and end with the next boot', () => {
    const { clock, inventory: { agentSessions } } = setUp()
    const old = agentSessions.open(mac(1))
    clock.advance(AGENT_SESSION_LIFE - 1)
    expect(agentSessions.check(old, mac(1))).toBe(true)
    clock.advance(AGENT_SESSION_LIFE - 1)
    expect(agentSessions.check(old, mac(2))).toBe(false)
    const next = agentSessions.open(mac(1))
    expect([agentSessions.check(old, mac(1)), agentSessions.check(next, mac(1))]).toEqual([false, true])
    clock.advance(AGENT_SESSION_LIFE)
    expect(agentSessions.check(next, mac(1))).toBe(false)
  })

  test('of made-up computers do not pile up', () => {
    const stranger = (number: number): MacAddress =>
      MacAddress.parse(`66:${number.toString(16).padStart(10, '0').replace(/(..)(?=.)/g, '$1:')}`)
    const { clock, inventory: { agentSessions } } = setUp()
    const oldest = agentSessions.open(mac(1))
    const next = agentSessions.open(mac(2))
    clock.advance(1)
    expect(agentSessions.check(next, mac(2))).toBe(true)
    for (let computer = 0; computer < AGENT_SESSIONS_KEPT - 1; computer += 1) {
      clock.advance(1)
      agentSessions.open(stranger(computer))
    }
    expect([agentSessions.check(oldest, mac(1)), agentSessions.check(next, mac(2))]).toEqual([false, true])
  })
})

test('an enrolment window is open until its moment, and not in it', () => {
  const { clock, inventory: { tree } } = setUp()
  const [room] = tree.classrooms()
  const until = clock.now() + 1000
  expect(tree.setEnrolment({ classroomId: room!.id, until, pattern: 'pc-##' })).toMatchObject({ enrolmentUntil: until })
  clock.advance(999)
  expect(tree.openEnrolment()).toEqual({ classroomId: room!.id, until, pattern: 'pc-##' })
  clock.advance(1)
  expect(tree.classroom(room!.id)).not.toHaveProperty('enrolmentUntil')
  expect(tree.openEnrolment()).toBeUndefined()
})

describe('images', () => {
  const revision = (changes = {}) => ({
    image: 'Base', number: 1, kind: 'partition' as const, description: '', manifest: sha('a'), facts: facts(), packs: [], source: 'pc-1', ...changes,
  })

  test('number their revisions, and know what each one brought', () => {
    const { inventory: { images } } = setUp()
    const first = images.addRevision(revision({ packs: [{ id: sha('1'), size: 10 }, { id: sha('2'), size: 5 }] }))
    const second = images.addRevision(revision({ image: 'BASE', number: 2, manifest: sha('b'), packs: [{ id: sha('2'), size: 5 }, { id: sha('3'), size: 1 }] }))
    expect([first.number, first.storedBytes, second.number, second.storedBytes]).toEqual([1, 15, 2, 1])
    expect(images.list()).toMatchObject([{ name: 'Base', revisions: [{ number: 1 }, { number: 2 }] }])
    expect(images.get(first.imageId).revisions).toHaveLength(2)
  })

  test('of a disk show its partitions, and what a target must be like', () => {
    const { inventory: { images } } = setUp()
    const layout = {
      label: 'msdos' as const, id: '0x1', size: 100e9, sectorSize: 512, firstLba: 0, lastLba: 1, partitions: [partition(1, { start: 1e6, size: 20e9, bootable: true })],
    }
    const [volume] = facts().volumes
    const { disk: needs, volumes } = images.addRevision(revision({
      kind: 'disk', facts: facts({ disk: layout, volumes: [{ ...volume!, number: 0, filesystem: 'none' }, volume!] }),
    }))
    expect(volumes.map((each) => each.partition)).toEqual([1])
    expect(needs).toEqual({ label: 'msdos', size: 100e9, sectorSize: 512, minimumSize: 1e6 + 4e9, boots: ['bios'] })
  })

  test('refuse another kind under the same name, and a manifest twice; nothing stays of either', () => {
    const { inventory: { images } } = setUp()
    images.addRevision(revision())
    expect(() => images.checkName('base', 'disk')).toThrow(expect.objectContaining({ result: 'nameTaken' }))
    expect(() => images.addRevision(revision({ kind: 'disk', manifest: sha('b') }))).toThrow(expect.objectContaining({ result: 'nameTaken' }))
    expect(() => images.addRevision(revision({ image: 'Otra' }))).toThrow(expect.objectContaining({ result: 'image' }))
    expect(images.list().map(({ revisions }) => revisions.length)).toEqual([1])
    expect(() => images.get(9 as never)).toThrow(expect.objectContaining({ result: 'notFound' }))
  })
})

describe('operations', () => {
  test('go one way: queued, running, over', () => {
    const { clock, inventory: { operations }, computer, operation } = setUp()
    const pc = computer()
    const id = operation(pc)
    expect(operations.get(id)).toMatchObject({ state: 'queued', createdAt: clock.now() })
    clock.advance(1000)
    expect(operations.startNext(pc)).toMatchObject({ id, state: 'running' })
    expect(() => operations.startNext(pc)).toThrow('not found')
    operations.confirm(id)
    clock.advance(1000)
    operations.confirm(id)
    expect(operations.get(id)).toMatchObject({ state: 'running', startedAt: clock.now() - 1000, confirmedAt: clock.now() - 1000 })
    expect(operations.finish(id, { state: 'failed', outcome: outcome({ code: 40 }) })).toBe(true)
    expect(operations.finish(id, { state: 'succeeded', outcome: outcome() })).toBe(false)
    expect(operations.get(id)).toMatchObject({ state: 'failed', finishedAt: clock.now(), outcome: { code: 40 } })
    expect(operations.find(99 as OperationId)).toBeUndefined()
  })

  test('two cannot run on one computer, whatever anybody believes', () => {
    const { inventory: { operations }, computer, operation } = setUp()
    const id = computer()
    const [first] = [operation(id), operation(id)]
    expect(operations.startNext(id).id).toBe(first)
    expect(() => operations.startNext(id)).toThrow('UNIQUE')
    const other = operation(computer(2))
    expect(operations.startNext(operations.get(other).computerId).id).toBe(other)
  })

  test('the latest is what runs, or else what ran last, not what waits', () => {
    const { inventory: { operations }, computer, operation } = setUp()
    const id = computer()
    expect(operations.latest(id)).toBeUndefined()
    const [first, second, third] = [operation(id), operation(id), operation(id)]
    expect(operations.latest(id)).toBeUndefined()
    operations.startNext(id)
    operations.finish(second, { state: 'failed', outcome: outcome({ code: 107 }) })
    expect(operations.latest(id)?.id).toBe(first)
    operations.finish(first, { state: 'succeeded', outcome: outcome() })
    expect(operations.latest(id)?.id).toBe(second)
    expect(operations.queued(id).map((each) => each.id)).toEqual([third])
    expect(operations.queues()).toEqual([id])
    expect(operations.list(id, 2).map((each) => each.id)).toEqual([third, second])
  })

  test('the latest is as it ended, also when that was taken back at first', () => {
    const { inventory, inventory: { operations }, computer, operation } = setUp()
    const pc = computer()
    const id = operation(pc)
    operations.startNext(pc)
    expect(() => inventory.atomically(() => {
      operations.finish(id, { state: 'succeeded', outcome: outcome() })
      expect(operations.latest(pc)?.state).toBe('succeeded')
      throw new Error('full disk')
    })).toThrow('full disk')
    expect(operations.latest(pc)?.state).toBe('running')
    operations.finish(id, { state: 'failed', outcome: outcome({ code: 40 }) })
    expect([operations.latest(pc)?.state, operations.latest(pc)?.outcome?.code]).toEqual(['failed', 40])
  })

  test('that are over are forgotten one day, with their logs; what waits and what runs is not', () => {
    const { inventory, inventory: { operations, operationLogs }, computer } = setUp()
    const [pc, other] = [computer(), computer(2)]
    const create = (computerId: ComputerId): OperationId =>
      operations.create({ computerId, computerName: 'pc', requestedBy: 'ana', task: { kind: 'restart' } }).id
    const over = create(pc)
    operationLogs.add(over, [{ at: 0, level: 'info', text: 'line' }])
    operations.finish(over, { state: 'cancelled', outcome: outcome({ code: 106 }) })
    const [runs, waits] = [create(pc), create(other)]
    operations.startNext(pc)
    inventory.atomically(() => {
      for (let more = 3; more < OPERATIONS_KEPT; more += 1) create(other)
    })
    expect(operations.find(over)?.state).toBe('cancelled')
    create(other)
    create(other)
    create(other)
    expect(operations.find(over)).toBeUndefined()
    expect(operationLogs.list(over, 0)).toEqual([])
    expect([operations.find(runs)?.state, operations.find(waits)?.state]).toEqual(['running', 'queued'])
  })

  test('keep the last lines of a log that has no end', () => {
    const { inventory: { operationLogs }, computer, operation } = setUp()
    const [id, other] = [operation(computer()), operation(computer(2))]
    operationLogs.add(other, [{ at: 0, level: 'info', text: 'other' }])
    const lines = Array.from({ length: LINES_PER_OPERATION }, (_, at) => ({ at, level: 'info' as const, text: `${at}` }))
    operationLogs.add(id, lines)
    operationLogs.add(id, [{ at: 1, level: 'error', text: 'last' }])
    const kept = operationLogs.list(id, 0)
    expect([kept.length, kept[0]?.text, kept.at(-1)?.text]).toEqual([LINES_PER_OPERATION, '1', 'last'])
    expect(operationLogs.list(other, 0)).toHaveLength(1)
  })
})

describe('what anybody can fill', () => {
  test('boot events have an end', () => {
    const { inventory } = setUp()
    inventory.atomically(() => {
      for (let at = 0; at < BOOT_EVENTS_KEPT + 5; at += 1) inventory.bootEvents.add({ mac: mac(at < 10 ? 1 : 2), phase: 'dhcp', detail: '', at })
    })
    expect(inventory.bootEvents.list(mac(1)).map(({ at }) => at)).toEqual([5, 6, 7, 8, 9])
    expect(inventory.bootEvents.list(mac(2))).toHaveLength(100)
    expect(inventory.bootEvents.list(mac(2)).at(-1)?.at).toBe(BOOT_EVENTS_KEPT + 4)
  })

  test('an entry of the audit log has an end', () => {
    const { inventory } = setUp()
    inventory.audit.add('ana', 'x', 'y'.repeat(5000))
    expect(inventory.audit.list(1)[0]?.detail).toHaveLength(2000)
  })
})

test('what is done atomically is done or not', () => {
  const { inventory } = setUp()
  expect(() => inventory.atomically(() => {
    inventory.tree.createSite('a')
    throw new Error('halfway')
  })).toThrow('halfway')
  expect(inventory.tree.sites().map(({ name }) => name)).toEqual(['Mi centro'])
})
