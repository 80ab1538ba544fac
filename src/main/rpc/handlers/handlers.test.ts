import { describe, expect, test } from 'vitest'
import { calls } from '#shared/contract/console.ts'
import { defaultNetworkProperties } from '#shared/domain/classroom.ts'
import type { ClassroomId, GroupId, MacAddress } from '#shared/domain/ids.ts'
import { consoleKit } from '../../../../tests/support/console-kit.ts'
import { mac } from '../../../../tests/support/hardware.ts'

test('every call of the contract has its handler', () => {
  expect(Object.keys(consoleKit().app.handlers).sort()).toEqual(Object.keys(calls).sort())
})

describe('the tree', () => {
  test('starts with a site and a classroom, and grows', async () => {
    const kit = consoleKit()
    expect(await kit.call('sites.list', {})).toEqual([{ id: 1, name: 'Mi centro' }])
    expect(await kit.call('classrooms.list', {})).toEqual([{ id: 1, siteId: 1, name: 'Aula 1', network: defaultNetworkProperties }])
    const site = await kit.call('sites.create', { name: 'Facultad' })
    const room = await kit.call('classrooms.create', { siteId: site.id, name: 'B-12' })
    const group = await kit.call('groups.create', { classroomId: room.id, name: 'Ventana' })
    const inner = await kit.call('groups.create', { classroomId: room.id, parentId: group.id, name: 'Primera fila' })
    expect(await kit.call('groups.list', {})).toEqual([inner, group])
    expect(inner).toEqual({ id: 2, classroomId: room.id, parentId: group.id, name: 'Primera fila' })
    expect(kit.eventsOf('tree.changed')).toHaveLength(4)
  })

  test('keeps a classroom’s network', async () => {
    const kit = consoleKit()
    const network = { ...defaultNetworkProperties, multicastSpeed: 90, dns: ['10.0.0.1'] }
    const id = 1 as ClassroomId
    expect((await kit.call('classrooms.update', { id, network })).network).toEqual(network)
    expect(await kit.call('classrooms.update', { id, name: 'Aula 2' })).toMatchObject({ name: 'Aula 2', network })
  })

  test('refuses what is taken and what is not there', async () => {
    const kit = consoleKit()
    await expect(kit.call('sites.create', { name: 'MI CENTRO' })).rejects.toMatchObject({ result: 'nameTaken' })
    await expect(kit.call('classrooms.create', { siteId: 1, name: 'aula 1' })).rejects.toMatchObject({ result: 'nameTaken' })
    await expect(kit.call('classrooms.create', { siteId: 9, name: 'x' })).rejects.toMatchObject({ result: 'notFound' })
    await expect(kit.call('classrooms.update', { id: 9, name: 'x' })).rejects.toMatchObject({ result: 'notFound' })
    await expect(kit.call('classrooms.enrol', { id: 9, minutes: 1, namePattern: '#' })).rejects.toMatchObject({ result: 'notFound' })
    await expect(kit.call('groups.create', { classroomId: 1, parentId: 9, name: 'x' })).rejects.toMatchObject({ result: 'notFound' })
    expect(kit.eventsOf('tree.changed')).toEqual([])
  })

  test('is renamed and pruned', async () => {
    const kit = consoleKit()
    const site = await kit.call('sites.create', { name: 'Facultad' })
    expect(await kit.call('sites.update', { id: site.id, name: 'Facultad de Química' })).toEqual({ id: site.id, name: 'Facultad de Química' })
    await expect(kit.call('sites.update', { id: site.id, name: 'mi centro' })).rejects.toMatchObject({ result: 'nameTaken' })
    await expect(kit.call('sites.update', { id: 9, name: 'x' })).rejects.toMatchObject({ result: 'notFound' })
    const room = await kit.call('classrooms.create', { siteId: site.id, name: 'B-12' })
    await expect(kit.call('sites.remove', { id: site.id })).rejects.toMatchObject({ result: 'notEmpty', params: { what: 'Facultad de Química' } })
    await kit.call('groups.create', { classroomId: room.id, name: 'Fila 1' })
    expect(await kit.call('classrooms.remove', { id: room.id })).toBeNull()
    expect(await kit.call('groups.list', {})).toEqual([])
    expect(await kit.call('sites.remove', { id: site.id })).toBeNull()
    expect((await kit.call('sites.list', {})).map(({ name }) => name)).toEqual(['Mi centro'])
    await expect(kit.call('sites.remove', { id: site.id })).rejects.toMatchObject({ result: 'notFound' })
    await expect(kit.call('classrooms.remove', { id: room.id })).rejects.toMatchObject({ result: 'notFound' })
    expect(kit.eventsOf('tree.changed')).toHaveLength(6)
  })

  describe('groups', () => {
    const nested = async () => {
      const kit = consoleKit()
      const classroomId = 1 as ClassroomId
      const outer = await kit.call('groups.create', { classroomId, name: 'outer' })
      const middle = await kit.call('groups.create', { classroomId, parentId: outer.id, name: 'middle' })
      const inner = await kit.call('groups.create', { classroomId, parentId: middle.id, name: 'inner' })
      const computer = (name: string, groupId: GroupId, card: number) => kit.call('computers.create', { classroomId, groupId, name, macs: [mac(card)] })
      await computer('pc-1', inner.id, 1)
      await computer('pc-2', middle.id, 2)
      await computer('pc-3', outer.id, 3)
      const places = async () => (await kit.call('computers.list', {})).map(({ name, groupId }) => `${name} ${groupId ?? '-'}`)
      return { kit, outer, middle, inner, places }
    }

    test('are renamed, and moved where they are not inside themselves', async () => {
      const { kit, outer, middle, inner } = await nested()
      expect(await kit.call('groups.update', { id: inner.id, name: 'deep' })).toEqual({ ...inner, name: 'deep' })
      expect(await kit.call('groups.update', { id: inner.id, parentId: null })).not.toHaveProperty('parentId')
      expect(await kit.call('groups.update', { id: inner.id, parentId: outer.id })).toMatchObject({ parentId: outer.id, name: 'deep' })
      for (const parentId of [outer.id, middle.id, inner.id]) {
        await expect(kit.call('groups.update', { id: outer.id, parentId })).rejects.toMatchObject({ result: 'invalidRequest' })
      }
      const other = await kit.call('classrooms.create', { siteId: 1, name: 'Otra' })
      const foreign = await kit.call('groups.create', { classroomId: other.id, name: 'x' })
      await expect(kit.call('groups.update', { id: inner.id, parentId: foreign.id })).rejects.toMatchObject({ result: 'notFound' })
      await expect(kit.call('groups.update', { id: inner.id, name: 'MIDDLE' })).rejects.toMatchObject({ result: 'nameTaken' })
      await expect(kit.call('groups.update', { id: 9, name: 'x' })).rejects.toMatchObject({ result: 'notFound' })
    })

    test('go with those inside them; their computers stay, in what is around', async () => {
      const { kit, outer, middle, places } = await nested()
      await kit.call('groups.remove', { id: middle.id })
      expect((await kit.call('groups.list', {})).map(({ name }) => name)).toEqual(['outer'])
      expect(await places()).toEqual([`pc-1 ${outer.id}`, `pc-2 ${outer.id}`, `pc-3 ${outer.id}`])
      await kit.call('groups.remove', { id: outer.id })
      expect(await places()).toEqual(['pc-1 -', 'pc-2 -', 'pc-3 -'])
      await expect(kit.call('groups.remove', { id: outer.id })).rejects.toMatchObject({ result: 'notFound' })
    })
  })

  test('a classroom goes with its computers, unless one of them is at work; those that are on wait to be adopted', async () => {
    const kit = consoleKit()
    const [room] = await kit.call('classrooms.list', {})
    const [first, second] = [kit.ready(1), kit.ready(2)]
    const [one, two] = await kit.call('computers.list', {})
    await kit.call('computers.power', { computers: [one!.id], action: 'restart' })
    await expect(kit.call('classrooms.remove', { id: room!.id })).rejects.toMatchObject({ result: 'busy' })
    expect(await kit.call('computers.list', {})).toHaveLength(2)
    first.done(first.order('restart').id)
    second.drop()
    await kit.call('classrooms.remove', { id: room!.id })
    expect(await kit.call('computers.list', {})).toEqual([])
    expect(await kit.call('classrooms.list', {})).toEqual([])
    expect(kit.eventsOf('computer.removed')).toEqual([{ id: one!.id }, { id: two!.id }])
    expect((await kit.call('pending.list', {})).map((each) => each.mac)).toEqual([first.mac])
  })

  test('a group’s parent is of the same classroom', async () => {
    const kit = consoleKit()
    const other = await kit.call('classrooms.create', { siteId: 1, name: 'Otra' })
    const group = await kit.call('groups.create', { classroomId: other.id, name: 'g' })
    await expect(kit.call('groups.create', { classroomId: 1, parentId: group.id, name: 'x' })).rejects.toMatchObject({ result: 'notFound' })
  })
})

describe('computers', () => {
  test('are changed one fact at a time', async () => {
    const kit = consoleKit()
    const room = 1 as ClassroomId
    const group = await kit.call('groups.create', { classroomId: room, name: 'g' })
    const { id } = await kit.call('computers.create', { classroomId: room, groupId: group.id, name: 'pc-1', macs: [mac(1), mac(1), mac(2)] })
    const change = async (changes: object): Promise<object> => (await kit.call('computers.update', { id, ...changes }))
    expect(await change({})).toMatchObject({ name: 'pc-1', groupId: group.id, macs: [mac(1), mac(2)], bootMode: 'live', state: 'off', ip: '' })
    expect(await change({ position: { column: 3, row: 0 } })).toMatchObject({ position: { column: 3, row: 0 }, groupId: group.id })
    expect(await change({ bootMode: 'disk', maintenance: true })).toMatchObject({ bootMode: 'disk', state: 'maintenance', position: { column: 3 } })
    expect(await change({ maintenance: false })).toMatchObject({ state: 'off' })
    expect(await change({ groupId: null })).not.toHaveProperty('groupId')
    await change({ groupId: group.id })
    const other = await kit.call('classrooms.create', { siteId: 1, name: 'Otra' })
    await expect(change({ classroomId: other.id, groupId: group.id })).rejects.toMatchObject({ result: 'notFound' })
    expect(await change({ classroomId: other.id })).not.toHaveProperty('groupId')
  })

  test('get other cards, which may wait to be adopted, and lose those that they had', async () => {
    const kit = consoleKit()
    const create = (name: string, ...macs: MacAddress[]) => kit.call('computers.create', { classroomId: 1, name, macs })
    const { id } = await create('pc-1', mac(1), mac(2))
    await create('pc-2', mac(3))
    const agent = kit.agent(mac(4))
    agent.connect()
    expect(await kit.call('pending.list', {})).toHaveLength(1)
    expect(await kit.call('computers.update', { id, macs: [mac(4), mac(2), mac(4)] })).toMatchObject({ macs: [mac(4), mac(2)] })
    expect(await kit.call('pending.list', {})).toEqual([])
    expect(kit.inventory.computers.idByMac(mac(1))).toBeUndefined()
    await expect(kit.call('computers.update', { id, name: 'pc-9', macs: [mac(3)] })).rejects.toMatchObject({ result: 'nameTaken', params: { name: mac(3) } })
    expect((await kit.call('computers.list', {}))[0]).toMatchObject({ name: 'pc-1', macs: [mac(4), mac(2)] })
  })

  test('have names that are their own in their room, and cards that are their own anywhere', async () => {
    const kit = consoleKit()
    const create = (classroomId: number, name: string, card: number) =>
      kit.call('computers.create', { classroomId: classroomId, name: name, macs: [mac(card)] })
    await create(1, 'pc-1', 1)
    const other = await kit.call('classrooms.create', { siteId: 1, name: 'Otra' })
    await create(other.id, 'pc-1', 2)
    await expect(create(1, 'pc-1', 3)).rejects.toMatchObject({ result: 'nameTaken', params: { name: 'pc-1' } })
    await expect(create(1, 'pc-3', 2)).rejects.toMatchObject({ result: 'nameTaken', params: { name: mac(2) } })
    await expect(create(9, 'pc-4', 4)).rejects.toMatchObject({ result: 'notFound' })
    expect(await kit.call('computers.list', {})).toHaveLength(2)
  })

  test('are woken by all their cards; nothing is tracked', async () => {
    const kit = consoleKit()
    const { id } = await kit.call('computers.create', { classroomId: 1, name: 'pc-1', macs: [mac(1), mac(2)] })
    expect(await kit.call('computers.power', { computers: [id], action: 'start' })).toEqual([])
    expect(kit.woken).toEqual([mac(1), mac(2)])
    await expect(kit.call('computers.power', { computers: [7], action: 'start' })).rejects.toMatchObject({ result: 'notFound' })
  })

  test('that are off cannot be restarted, and it says so', async () => {
    const kit = consoleKit()
    const { id } = await kit.call('computers.create', { classroomId: 1, name: 'pc-1', macs: [mac(1)] })
    expect(await kit.call('computers.power', { computers: [id, id], action: 'restart' })).toMatchObject([{ state: 'failed', outcome: { code: 116 } }])
  })
})

describe('people', () => {
  test('are added and removed, and their passwords go nowhere else', async () => {
    const kit = consoleKit()
    expect(await kit.call('users.set', { name: 'lola', role: 'viewer', password: 'una clave larga' })).toEqual({ name: 'lola', role: 'viewer', createdAt: kit.clock.now() })
    await kit.call('users.set', { name: 'ana', role: 'administrator', password: 'otra clave larga' })
    await kit.call('users.set', { name: 'lola', role: 'technician' })
    expect((await kit.call('users.list', {})).map(({ name, role }) => `${name} ${role}`)).toEqual(['ana administrator', 'lola technician'])
    expect(Object.keys((await kit.call('users.list', {}))[0]!)).toEqual(['name', 'role', 'createdAt'])
    await kit.call('users.remove', { name: 'lola' })
    expect(await kit.call('users.list', {})).toHaveLength(1)
    const log = await kit.call('audit.list', { limit: 10 })
    expect(log.map(({ action }) => action)).toEqual(['users.remove', 'users.set', 'users.set', 'users.set'])
    expect(JSON.stringify(log)).not.toContain('clave')
    expect(log.at(-1)?.detail).toBe('{"name":"lola","role":"viewer"}')
  })
})

test('the language of the clients’ screens is the console’s', async () => {
  const kit = consoleKit()
  expect((await kit.call('console.setLanguage', { language: 'en' })).language).toBe('en')
  expect(kit.agent(mac(1)).connect().language).toBe('en')
})

describe('the audit log', () => {
  test('is read page by page', async () => {
    const kit = consoleKit()
    for (const name of ['a', 'b', 'c']) await kit.call('sites.create', { name })
    const [newest, next] = await kit.call('audit.list', { limit: 2 })
    expect([newest?.detail, next?.detail]).toEqual(['{"name":"c"}', '{"name":"b"}'])
    expect((await kit.call('audit.list', { limit: 2, before: next!.id })).map(({ detail }) => detail)).toEqual(['{"name":"a"}'])
  })

  test('has every call that changes something, also one that fails, and no other', async () => {
    const kit = consoleKit()
    await kit.call('sites.list', {})
    await kit.call('sites.create', { name: 'Facultad' })
    await expect(kit.call('computers.remove', { id: 9 })).rejects.toThrow('not found')
    expect(kit.inventory.audit.list(10)).toEqual([
      { id: 2, at: kit.clock.now(), who: 'ana', action: 'computers.remove', detail: '{"id":9}' },
      { id: 1, at: kit.clock.now(), who: 'ana', action: 'sites.create', detail: '{"name":"Facultad"}' },
    ])
  })
})
