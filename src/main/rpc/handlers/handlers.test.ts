import { describe, expect, test } from 'vitest'
import { calls } from '#shared/contract/console.ts'
import { defaultNetworkProperties } from '#shared/domain/classroom.ts'
import type { ClassroomId, ComputerId, GroupId, SiteId } from '#shared/domain/ids.ts'
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
    await expect(kit.call('classrooms.create', { siteId: 1 as SiteId, name: 'aula 1' })).rejects.toMatchObject({ result: 'nameTaken' })
    await expect(kit.call('classrooms.create', { siteId: 9 as SiteId, name: 'x' })).rejects.toMatchObject({ result: 'notFound' })
    await expect(kit.call('classrooms.update', { id: 9 as ClassroomId, name: 'x' })).rejects.toMatchObject({ result: 'notFound' })
    await expect(kit.call('classrooms.enrol', { id: 9 as ClassroomId, minutes: 1, namePattern: '#' })).rejects.toMatchObject({ result: 'notFound' })
    await expect(kit.call('groups.create', { classroomId: 1 as ClassroomId, parentId: 9 as GroupId, name: 'x' })).rejects.toMatchObject({ result: 'notFound' })
    expect(kit.eventsOf('tree.changed')).toEqual([])
  })

  test('a group’s parent is of the same classroom', async () => {
    const kit = consoleKit()
    const other = await kit.call('classrooms.create', { siteId: 1 as SiteId, name: 'Otra' })
    const group = await kit.call('groups.create', { classroomId: other.id, name: 'g' })
    await expect(kit.call('groups.create', { classroomId: 1 as ClassroomId, parentId: group.id, name: 'x' })).rejects.toMatchObject({ result: 'notFound' })
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
    const other = await kit.call('classrooms.create', { siteId: 1 as SiteId, name: 'Otra' })
    await expect(change({ classroomId: other.id, groupId: group.id })).rejects.toMatchObject({ result: 'notFound' })
    expect(await change({ classroomId: other.id })).not.toHaveProperty('groupId')
  })

  test('have names that are their own in their room, and cards that are their own anywhere', async () => {
    const kit = consoleKit()
    const create = (classroomId: number, name: string, card: number) =>
      kit.call('computers.create', { classroomId: classroomId as ClassroomId, name: name, macs: [mac(card)] })
    await create(1, 'pc-1', 1)
    const other = await kit.call('classrooms.create', { siteId: 1 as SiteId, name: 'Otra' })
    await create(other.id, 'pc-1', 2)
    await expect(create(1, 'pc-1', 3)).rejects.toMatchObject({ result: 'nameTaken', params: { name: 'pc-1' } })
    await expect(create(1, 'pc-3', 2)).rejects.toMatchObject({ result: 'nameTaken', params: { name: mac(2) } })
    await expect(create(9, 'pc-4', 4)).rejects.toMatchObject({ result: 'notFound' })
    expect(await kit.call('computers.list', {})).toHaveLength(2)
  })

  test('are woken by all their cards; nothing is tracked', async () => {
    const kit = consoleKit()
    const { id } = await kit.call('computers.create', { classroomId: 1 as ClassroomId, name: 'pc-1', macs: [mac(1), mac(2)] })
    expect(await kit.call('computers.power', { computers: [id], action: 'start' })).toEqual([])
    expect(kit.woken).toEqual([mac(1), mac(2)])
    await expect(kit.call('computers.power', { computers: [7 as ComputerId], action: 'start' })).rejects.toMatchObject({ result: 'notFound' })
  })

  test('that are off cannot be restarted, and it says so', async () => {
    const kit = consoleKit()
    const { id } = await kit.call('computers.create', { classroomId: 1 as ClassroomId, name: 'pc-1', macs: [mac(1)] })
    expect(await kit.call('computers.power', { computers: [id, id], action: 'restart' })).toMatchObject([{ state: 'failed', outcome: { code: 116 } }])
  })
})

describe('the audit log', () => {
  test('has every call that changes something, also one that fails, and no other', async () => {
    const kit = consoleKit()
    await kit.call('sites.list', {})
    await kit.call('sites.create', { name: 'Facultad' })
    await expect(kit.call('computers.remove', { id: 9 as ComputerId })).rejects.toThrow('not found')
    expect(kit.inventory.audit.list(10)).toEqual([
      { at: kit.clock.now(), who: 'ana', action: 'computers.remove', detail: '{"id":9}' },
      { at: kit.clock.now(), who: 'ana', action: 'sites.create', detail: '{"name":"Facultad"}' },
    ])
  })
})
