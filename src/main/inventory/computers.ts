/** The computers that the console knows, and by which network cards. */
import { BootMode, type Hardware } from '#shared/domain/computer.ts'
import { ClassroomId, ComputerId, GroupId, HostName, MacAddress } from '#shared/domain/ids.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { named, notFound, referring } from './constraints.ts'
import type { Database } from './database.ts'
import type { HardwareStore } from './hardware.ts'

/** What the inventory holds of a computer; its state and what it runs are not facts of the inventory. */
export interface ComputerRecord {
  id: ComputerId
  classroomId: ClassroomId
  groupId?: GroupId
  name: HostName
  /** The one that it is mostly known by first. */
  macs: MacAddress[]
  ip: string
  bootMode: BootMode
  position?: { column: number; row: number }
  maintenance: boolean
  hardware?: Hardware
  seenAt?: number
}

export interface NewComputer {
  classroomId: ClassroomId
  groupId?: GroupId | undefined
  name: HostName
  macs: readonly MacAddress[]
}

export interface ComputerChanges {
  name?: HostName | undefined
  /** In the place of those that it had. */
  macs?: readonly MacAddress[] | undefined
  classroomId?: ClassroomId | undefined
  /** `null` takes it out of its group. A computer that moves to another classroom leaves its group too. */
  groupId?: GroupId | null | undefined
  position?: { column: number; row: number } | undefined
  bootMode?: BootMode | undefined
  maintenance?: boolean | undefined
}

export interface Computers {
  list(): ComputerRecord[]
  /** @throws `notFound` */
  get(id: ComputerId): ComputerRecord
  find(id: ComputerId): ComputerRecord | undefined
  byMac(mac: MacAddress): ComputerRecord | undefined
  /** As `byMac`, without reading all of it. */
  idByMac(mac: MacAddress): ComputerId | undefined
  names(classroom: ClassroomId): HostName[]
  /** Of every classroom. */
  allNames(): HostName[]
  /** @throws `nameTaken` the name in its classroom, or a MAC · `notFound` classroom or group */
  create(computer: NewComputer): ComputerRecord
  /** @throws `nameTaken` · `notFound` */
  update(id: ComputerId, changes: ComputerChanges): ComputerRecord
  /** With its cards and hardware; its operations stay. @throws `notFound` */
  remove(id: ComputerId): void
  /** Its agent spoke from there. */
  seen(id: ComputerId, ip: string): void
}

interface ComputerRow {
  id: number
  classroom_id: number
  group_id: number | null
  name: string
  ip: string
  boot_mode: string
  map_column: number | null
  map_row: number | null
  maintenance: number
  seen_at: number | null
}

export function createComputers(db: Database, hardware: HardwareStore, now: () => number): Computers {
  const columns = 'SELECT id, classroom_id, group_id, name, ip, boot_mode, map_column, map_row, maintenance, seen_at FROM computers'
  const all = db.prepare<[], ComputerRow>(`${columns} ORDER BY classroom_id, name`)
  const one = db.prepare<[number], ComputerRow>(`${columns} WHERE id = ?`)
  const owner = db.prepare<[string], { computer_id: number }>('SELECT computer_id FROM macs WHERE mac = ?')
  const macsOf = db.prepare<[number], { mac: string }>('SELECT mac FROM macs WHERE computer_id = ? ORDER BY position')
  const dropMacs = db.prepare<[number]>('DELETE FROM macs WHERE computer_id = ?')
  const namesOf = db.prepare<[number], { name: string }>('SELECT name FROM computers WHERE classroom_id = ?')
  const everyName = db.prepare<[], { name: string }>('SELECT name FROM computers')
  const add = db.prepare<[number, number | null, string]>('INSERT INTO computers (classroom_id, group_id, name) VALUES (?, ?, ?)')
  const addMac = db.prepare<[string, number, number]>('INSERT INTO macs (mac, computer_id, position) VALUES (?, ?, ?)')
  const change = db.prepare<[Omit<ComputerRow, 'ip' | 'seen_at'>]>(`
    UPDATE computers SET classroom_id = @classroom_id, group_id = @group_id, name = @name, boot_mode = @boot_mode,
      map_column = @map_column, map_row = @map_row, maintenance = @maintenance
    WHERE id = @id`)
  const drop = db.prepare<[number]>('DELETE FROM computers WHERE id = ?')
  const saw = db.prepare<[number, string, number]>('UPDATE computers SET seen_at = ?, ip = ? WHERE id = ?')

  const record = (row: ComputerRow): ComputerRecord => {
    const id = ComputerId.parse(row.id)
    return computerRecord(row, macsOf.all(id).map(({ mac }) => MacAddress.parse(mac)), hardware.get(id))
  }
  const find = (id: ComputerId): ComputerRecord | undefined => {
    const row = one.get(id)
    return row && record(row)
  }
  const get = (id: ComputerId): ComputerRecord => {
    const found = find(id)
    if (!found) throw notFound(`computer ${id}`)
    return found
  }
  const idByMac = (mac: MacAddress): ComputerId | undefined => {
    const row = owner.get(mac)
    return row && ComputerId.parse(row.computer_id)
  }
  const insertMac = (mac: MacAddress, id: ComputerId, position: number): void => {
    const taken = idByMac(mac)
    if (taken) {
      const { name } = get(taken)
      throw new ClonaulaError('nameTaken', `MAC address ${mac} belongs to ${name}`, { name: mac })
    }
    addMac.run(mac, id, position)
  }
  const setMacs = (id: ComputerId, macs: readonly MacAddress[]): void => {
    dropMacs.run(id)
    Array.from(new Set(macs)).forEach((mac, position) => insertMac(mac, id, position))
  }
  return {
    list: () => all.all().map(record),
    get,
    find,
    byMac(mac) {
      const id = idByMac(mac)
      return id && find(id)
    },
    idByMac,
    names: (classroom) => namesOf.all(classroom).map(({ name }) => HostName.parse(name)),
    allNames: () => everyName.all().map(({ name }) => HostName.parse(name)),
    create: db.transaction(({ classroomId, groupId, name, macs }: NewComputer) => {
      const { lastInsertRowid } = referring(
        groupId === undefined ? `classroom ${classroomId}` : `group ${groupId} in classroom ${classroomId}`,
        () => named(name, () => add.run(classroomId, groupId ?? null, name)),
      )
      const id = ComputerId.parse(Number(lastInsertRowid))
      setMacs(id, macs)
      return get(id)
    }),
    update: db.transaction((id: ComputerId, changes: ComputerChanges) => {
      const old = get(id)
      const classroomId = changes.classroomId ?? old.classroomId
      const group = classroomId === old.classroomId ? old.groupId : undefined
      const position = changes.position ?? old.position
      const name = changes.name ?? old.name
      referring(`group or classroom of ${name}`, () => named(name, () => change.run({
        id,
        classroom_id: classroomId,
        group_id: changes.groupId === undefined ? (group ?? null) : changes.groupId,
        name,
        boot_mode: changes.bootMode ?? old.bootMode,
        map_column: position?.column ?? null,
        map_row: position?.row ?? null,
        maintenance: Number(changes.maintenance ?? old.maintenance),
      })))
      if (changes.macs) setMacs(id, changes.macs)
      return get(id)
    }),
    remove(id) {
      if (drop.run(id).changes === 0) throw notFound(`computer ${id}`)
      hardware.forget(id)
    },
    seen: (id, ip) => void saw.run(now(), ip, id),
  }
}

function computerRecord(row: ComputerRow, macs: MacAddress[], hardware: Hardware | undefined): ComputerRecord {
  const { map_column: column, map_row: line } = row
  return {
    id: ComputerId.parse(row.id),
    classroomId: ClassroomId.parse(row.classroom_id),
    ...(row.group_id === null ? {} : { groupId: GroupId.parse(row.group_id) }),
    name: HostName.parse(row.name),
    macs,
    ip: row.ip,
    bootMode: BootMode.parse(row.boot_mode),
    ...(column === null || line === null ? {} : { position: { column, row: line } }),
    maintenance: row.maintenance === 1,
    ...(hardware ? { hardware } : {}),
    ...(row.seen_at === null ? {} : { seenAt: row.seen_at }),
  }
}
