/** Who is let in, as whom, and what is then known of them. */
import { describe, expect, test } from 'vitest'
import { MacAddress, type ClassroomId, type OperationId } from '#shared/domain/ids.ts'
import type { BootPhase } from '#shared/domain/computer.ts'
import { consoleKit, fakeClock, type ConsoleKit } from '../../../tests/support/console-kit.ts'
import { disk, hardware, mac, partition } from '../../../tests/support/hardware.ts'
import { createPending, PENDING_LIMIT, PENDING_MEMORY, PENDING_REPORT } from './pending.ts'
import { BOOT_PATIENCE, createPresence, RECONNECTION_GRACE } from './presence.ts'

const room = 1 as ClassroomId
const hello = (card = mac(1), proof: object = {}) => ({
  type: 'hello' as const, protocol: 1, mac: card, version: '1', hardware: hardware(card), running: [], uptime: 1, ...proof,
})
const states = async (kit: ConsoleKit): Promise<string[]> => (await kit.call('computers.list', {})).map(({ state }) => state)
const step = (kit: ConsoleKit, phase: BootPhase, card = mac(1)): void =>
  kit.app.bootEvent({ mac: card, phase, detail: '', at: kit.clock.now() })

describe('admission', () => {
  test('a boot token opens the door once, and gives a session that opens it again', () => {
    const kit = consoleKit()
    const token = kit.inventory.bootTokens.issue(mac(1), '192.168.7.20')
    const { session } = kit.app.rules.admit(hello(mac(1), { token }), '10.0.0.5')
    expect(() => kit.app.rules.admit(hello(mac(1), { token }), '10.0.0.5')).toThrow(expect.objectContaining({ result: 'unauthenticated' }))
    expect(kit.app.rules.admit(hello(mac(1), { session }), '10.0.0.5').session).toBe(session)
  })

  test.each([
    ['nothing', {}],
    ['a token that was never given', { token: 'x'.repeat(43) }],
    ['a session that was never given', { session: 'x'.repeat(43) }],
  ])('%s opens nothing, and leaves no trace', (_, proof) => {
    const kit = consoleKit()
    expect(() => kit.app.rules.admit(hello(mac(1), proof), '10.0.0.5')).toThrow(expect.objectContaining({ result: 'unauthenticated' }))
    expect(kit.events).toEqual([])
  })

  test('a token or a session of another card', () => {
    const kit = consoleKit()
    const token = kit.inventory.bootTokens.issue(mac(1), '192.168.7.20')
    expect(() => kit.app.rules.admit(hello(mac(2), { token }), '')).toThrow('no good token')
    const { session } = kit.app.rules.admit(hello(mac(1), { token }), '')
    expect(() => kit.app.rules.admit(hello(mac(2), { session }), '')).toThrow('no good token')
  })

  test('a session outlives the console', () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    kit.restart()
    expect(agent.connect()).toMatchObject({ computer: { name: 'pc-01' }, language: 'es' })
  })
})

describe('a known computer', () => {
  test('is welcomed by name, whichever of its cards it booted from', async () => {
    const kit = consoleKit()
    await kit.call('computers.create', { classroomId: room, name: 'aula-7', macs: [mac(1), mac(2)] })
    expect(kit.agent(mac(2)).connect().computer).toEqual({ id: 1, name: 'aula-7' })
    expect(await states(kit)).toEqual(['waiting'])
  })

  test('tells what it is made of, at its hello and whenever it changes', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    expect((await kit.call('computers.list', {}))[0]).toMatchObject({ ip: '192.168.7.20', seenAt: kit.clock.now(), hardware: hardware(mac(1)) })
    kit.events.length = 0
    const changed = hardware(mac(1), { disks: [disk(1), disk(2)] })
    agent.say({ type: 'inventory', hardware: changed })
    expect(kit.eventsOf('computer.changed')).toMatchObject([{ hardware: changed }])
    expect((await kit.call('computers.list', {}))[0]?.hardware).toEqual(changed)
  })

  test('hears its new name', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    await kit.call('computers.update', { id: kit.inventory.computers.idByMac(agent.mac)!, name: 'aula-1' })
    expect(agent.sent).toEqual([{ type: 'adopted', computer: { id: 1, name: 'aula-1' } }])
  })
})

describe('what a computer is seen to do', () => {
  test('off → starting → waiting; nothing flickers while it reconnects, and it is off when it does not', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    agent.drop()
    kit.clock.advance(RECONNECTION_GRACE - 1000)
    expect(await states(kit)).toEqual(['waiting'])
    agent.connect()
    kit.clock.advance(RECONNECTION_GRACE * 2)
    expect(await states(kit)).toEqual(['waiting'])
    agent.drop()
    kit.events.length = 0
    kit.clock.advance(RECONNECTION_GRACE + 500)
    expect(kit.eventsOf('computer.changed')).toMatchObject([{ state: 'off' }])
    step(kit, 'dhcp')
    expect(kit.eventsOf('computer.changed').at(-1)).toMatchObject({ state: 'starting', booting: { phase: 'dhcp' } })
    step(kit, 'kernel')
    agent.connect({ boot: true })
    step(kit, 'agent')
    const [computer] = await kit.call('computers.list', {})
    expect(computer?.state).toBe('waiting')
    expect(computer).not.toHaveProperty('booting')
  })

  test('a computer that restarts is starting as soon as it asks how to boot', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    agent.drop()
    step(kit, 'dhcp')
    expect(await states(kit)).toEqual(['starting'])
  })

  test('a boot that stops, or goes to the local disk, is over', async () => {
    const kit = consoleKit()
    kit.ready(1).drop()
    step(kit, 'kernel')
    kit.clock.advance(BOOT_PATIENCE - 1000)
    expect(await states(kit)).toEqual(['starting'])
    kit.clock.advance(2000)
    expect(await states(kit)).toEqual(['off'])
    step(kit, 'dhcp')
    step(kit, 'local')
    expect(await states(kit)).toEqual(['off'])
  })

  test('a boot is told to every door and kept, also of a computer that nobody knows', async () => {
    const kit = consoleKit()
    step(kit, 'dhcp', mac(9))
    expect(kit.eventsOf('boot.event')).toMatchObject([{ mac: mac(9), phase: 'dhcp' }])
    expect(await kit.call('computers.timeline', { mac: mac(9) })).toMatchObject({ events: [{ phase: 'dhcp' }] })
  })
})

describe('strangers', () => {
  test('make up as many boots as they like, and only so many are kept and told', async () => {
    const kit = consoleKit()
    for (let time = 0; time < 1000; time += 1) step(kit, 'dhcp')
    expect(kit.eventsOf('boot.event')).toHaveLength(100)
    for (let time = 0; time < 5000; time += 1) {
      step(kit, 'dhcp', MacAddress.parse(`66:00:00:00:${(time >> 8).toString(16).padStart(2, '0')}:${(time & 255).toString(16).padStart(2, '0')}`))
    }
    expect(kit.eventsOf('boot.event')).toHaveLength(2000)
    kit.clock.advance(60_000)
    step(kit, 'dhcp')
    expect(kit.eventsOf('boot.event')).toHaveLength(2001)
  })

  test('change the list of those who wait as often as they like, and it is told twice a second', () => {
    const kit = consoleKit()
    const stranger = kit.agent(mac(5))
    stranger.connect()
    for (let time = 0; time < 1000; time += 1) stranger.say({ type: 'inventory', hardware: hardware(mac(5)) })
    kit.clock.advance(1000)
    expect(kit.eventsOf('pending.changed')).toHaveLength(1)
    kit.clock.advance(1000)
    expect(kit.eventsOf('pending.changed')).toHaveLength(1)
  })

  test('are kept up to a number, and only so much of what each of them says', async () => {
    const kit = consoleKit()
    const disks = Array.from({ length: 64 }, (_, at) => disk(at + 1, { partitions: [partition(1, { label: 'x'.repeat(200) })], model: 'x'.repeat(200) }))
    const card = (number: number): MacAddress => MacAddress.parse(`66:00:00:00:${number.toString(16).padStart(4, '0').replace(/^../, '$&:')}`)
    for (let number = 0; number < PENDING_LIMIT + 10; number += 1) {
      kit.agent(card(number)).connect({ hardware: hardware(card(number), { disks }) })
    }
    const list = await kit.call('pending.list', {})
    expect(list).toHaveLength(PENDING_LIMIT)
    expect(JSON.stringify(list).length).toBeLessThan(PENDING_LIMIT * PENDING_REPORT)
    expect(list[0]?.hardware).toMatchObject({ disks: [] })
  })
})

describe('an unknown computer', () => {
  test('is shown as it says it is now', async () => {
    const kit = consoleKit()
    const stranger = kit.agent(mac(5))
    stranger.connect()
    stranger.say({ type: 'inventory', hardware: hardware(mac(5), { product: 'con otro disco' }) })
    expect((await kit.call('pending.list', {}))[0]?.hardware?.product).toBe('con otro disco')
  })

  test('waits, under a name that nobody has, until it is adopted with all its cards', async () => {
    const kit = consoleKit()
    kit.ready(1)
    const stranger = kit.agent(mac(5))
    const card = (name: string, address = mac(5)) => ({ name, mac: address, driver: '', ip: '', speed: 0 })
    const found = hardware(mac(5), { interfaces: [card('eth0'), card('eth1', mac(6)), card('eth2', mac(1))] })
    expect(stranger.connect({ hardware: found })).not.toHaveProperty('computer')
    kit.agent(mac(7)).connect()
    kit.clock.advance(500)
    expect(kit.eventsOf('pending.changed').at(-1)).toMatchObject([{ mac: mac(5), suggestedName: 'pc-02' }, { mac: mac(7), suggestedName: 'pc-03' }])

    const adopted = await kit.call('pending.adopt', { mac: mac(5), classroomId: room, name: 'pc-02' })
    expect(adopted).toMatchObject({ name: 'pc-02', macs: [mac(5), mac(6)], state: 'waiting', hardware: found, ip: '192.168.7.20' })
    expect(stranger.sent).toEqual([{ type: 'adopted', computer: { id: adopted.id, name: 'pc-02' } }])
    expect(await kit.call('pending.list', {})).toMatchObject([{ mac: mac(7) }])
    expect(kit.eventsOf('pending.changed').at(-1)).toHaveLength(1)
  })

  test('can be entered by its card too, and keeps what its agent has told', async () => {
    const kit = consoleKit()
    const stranger = kit.agent(mac(5))
    stranger.connect()
    const created = await kit.call('computers.create', { classroomId: room, name: 'pc-09', macs: [mac(5)] })
    expect(created).toMatchObject({ state: 'waiting', hardware: hardware(mac(5)) })
    expect(stranger.sent).toMatchObject([{ type: 'adopted' }])
    expect(await kit.call('pending.list', {})).toEqual([])
  })

  test('that nobody sees cannot be adopted, and a name is given once', async () => {
    const kit = consoleKit()
    kit.ready(1)
    kit.agent(mac(5)).connect()
    await expect(kit.call('pending.adopt', { mac: mac(6), classroomId: room, name: 'x' })).rejects.toMatchObject({ result: 'notFound' })
    await expect(kit.call('pending.adopt', { mac: mac(5), classroomId: room, name: 'pc-01' })).rejects.toMatchObject({ result: 'nameTaken' })
    expect(await kit.call('pending.list', {})).toHaveLength(1)
  })

  test('is adopted by itself while its classroom is open to new ones, under the next name', async () => {
    const kit = consoleKit()
    kit.ready(1)
    const open = await kit.call('classrooms.enrol', { id: room, minutes: 10, namePattern: 'pc-##' })
    expect(open.enrolmentUntil).toBe(kit.clock.now() + 600_000)
    expect(kit.agent(mac(5)).connect().computer?.name).toBe('pc-02')
    expect(kit.agent(mac(6)).connect().computer?.name).toBe('pc-03')
    kit.clock.advance(600_001)
    expect(kit.agent(mac(7)).connect()).not.toHaveProperty('computer')
  })

  test('a window is closed by hand too, and asks for a pattern that makes host names', async () => {
    const kit = consoleKit()
    await kit.call('classrooms.enrol', { id: room, minutes: 10, namePattern: 'pc-##' })
    expect(await kit.call('classrooms.enrol', { id: room, minutes: 0, namePattern: 'pc-##' })).not.toHaveProperty('enrolmentUntil')
    expect(kit.agent(mac(5)).connect()).not.toHaveProperty('computer')
    await expect(kit.call('classrooms.enrol', { id: room, minutes: 1, namePattern: '-#' })).rejects.toMatchObject({ result: 'invalidRequest' })
  })

  test('has nothing to do here: what it runs is cancelled, what it has done is acknowledged', () => {
    const kit = consoleKit()
    const stranger = kit.agent(mac(5))
    stranger.connect({ running: [7 as OperationId] })
    stranger.done(8 as OperationId)
    expect(stranger.sent).toEqual([{ type: 'cancel', operation: 7 }, { type: 'ack', operation: 8 }])
  })

  test('is what a computer becomes that is removed while it is on; a busy one is not', async () => {
    const kit = consoleKit()
    const agent = kit.ready(1)
    const id = kit.inventory.computers.idByMac(agent.mac)!
    const [operation] = await kit.call('computers.power', { computers: [id], action: 'restart' })
    await expect(kit.call('computers.remove', { id })).rejects.toMatchObject({ result: 'busy' })
    agent.done(operation!.id)
    expect(await kit.call('computers.remove', { id })).toBeNull()
    expect(kit.eventsOf('computer.removed')).toEqual([{ id }])
    expect(await kit.call('computers.list', {})).toEqual([])
    expect(await kit.call('pending.list', {})).toMatchObject([{ mac: agent.mac }])
    expect(await kit.call('operations.list', { limit: 10 })).toMatchObject([{ computerName: 'pc-01', state: 'succeeded' }])
  })
})

describe('presence', () => {
  test('is remembered for as many boots as a network can have, not for all that somebody invents', () => {
    const clock = fakeClock()
    const presence = createPresence(() => clock.now())
    const invented = (at: number): MacAddress => `02:00:00:00:${at}` as MacAddress
    for (let at = 0; at < 10_001; at += 1) presence.booted({ mac: invented(at), phase: 'dhcp', detail: '', at: clock.now() })
    expect(presence.booting([invented(0)])).toBeUndefined()
    expect(presence.booting([invented(10_000)])).toBeDefined()
  })
})

describe('pending', () => {
  test('forgets who left long ago, and nobody who came back', () => {
    const clock = fakeClock()
    const pending = createPending(() => clock.now())
    for (const number of [1, 2]) pending.put({ mac: mac(number), ip: '', hardware: hardware(mac(number)) })
    pending.left(mac(1))
    pending.left(mac(2))
    clock.advance(PENDING_MEMORY - 1)
    pending.expire()
    expect(pending.list([])).toHaveLength(2)
    pending.put({ mac: mac(2), ip: '', hardware: hardware(mac(2)) })
    clock.advance(1)
    pending.takeChanged()
    pending.expire()
    expect([pending.takeChanged(), pending.takeChanged()]).toEqual([true, false])
    expect(pending.list([]).map((each) => each.mac)).toEqual([mac(2)])
  })
})
