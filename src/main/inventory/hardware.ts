/** What the live agents found in the computers: their cards, disks and partitions. */
import type { Hardware } from '#shared/domain/computer.ts'
import { Hardware as HardwareSchema } from '#shared/domain/computer.ts'
import type { Disk, Partition } from '#shared/domain/disk.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import { relaxed, type Database } from './database.ts'

export interface HardwareStore {
  /** Replaces all that was known. Does not wait for the disk: agents report often, and once more at every start. */
  put(computer: ComputerId, hardware: Hardware): void
  get(computer: ComputerId): Hardware | undefined
  /** Its computer is gone. */
  forget(computer: ComputerId): void
}

type Row<T> = T & { computer_id: number }

interface MachineRow {
  firmware: string
  secure_boot: number
  manufacturer: string
  product: string
  serial: string
  uuid: string
  processor: string
  cores: number
  memory: number
  /** JSON */
  cache: string | null
}

interface InterfaceRow { position: number; name: string; mac: string; driver: string; ip: string; speed: number; duplex: string | null; mtu: number | null }

interface DiskRow {
  position: number
  number: number
  device: string
  size: number
  sector_size: number
  model: string
  serial: string
  wwn: string
  transport: string
  removable: number
  label: string
  table_id: string
}

interface PartitionRow {
  disk_position: number
  position: number
  number: number
  start: number
  size: number
  type: string
  uuid: string
  name: string
  attributes: string
  bootable: number
  filesystem: string
  label: string
  filesystem_uuid: string
  used: number | null
  system_family: string | null
  system_name: string | null
}

export function createHardware(db: Database): HardwareStore {
  /** As parsed: a list of five hundred computers would take half a second otherwise, each time that it is asked for. */
  const parsed = new Map<ComputerId, Hardware>()
  const clear = db.prepare<[number]>('DELETE FROM hardware WHERE computer_id = ?')
  const addMachine = db.prepare<[Row<MachineRow>]>(`
    INSERT INTO hardware (computer_id, firmware, secure_boot, manufacturer, product, serial, uuid, processor, cores, memory, cache)
    VALUES (@computer_id, @firmware, @secure_boot, @manufacturer, @product, @serial, @uuid, @processor, @cores, @memory, @cache)`)
  const addInterface = db.prepare<[Row<InterfaceRow>]>(`
    INSERT INTO interfaces (computer_id, position, name, mac, driver, ip, speed, duplex, mtu)
    VALUES (@computer_id, @position, @name, @mac, @driver, @ip, @speed, @duplex, @mtu)`)
  const addDisk = db.prepare<[Row<DiskRow>]>(`
    INSERT INTO disks (computer_id, position, number, device, size, sector_size, model, serial, wwn, transport, removable, label, table_id)
    VALUES (@computer_id, @position, @number, @device, @size, @sector_size, @model, @serial, @wwn, @transport, @removable, @label, @table_id)`)
  const addPartition = db.prepare<[Row<PartitionRow>]>(`
    INSERT INTO partitions (computer_id, disk_position, position, number, start, size, type, uuid, name, attributes, bootable,
      filesystem, label, filesystem_uuid, used, system_family, system_name)
    VALUES (@computer_id, @disk_position, @position, @number, @start, @size, @type, @uuid, @name, @attributes, @bootable,
      @filesystem, @label, @filesystem_uuid, @used, @system_family, @system_name)`)
  const machine = db.prepare<[number], MachineRow>('SELECT * FROM hardware WHERE computer_id = ?')
  const interfaces = db.prepare<[number], InterfaceRow>('SELECT * FROM interfaces WHERE computer_id = ? ORDER BY position')
  const disks = db.prepare<[number], DiskRow>('SELECT * FROM disks WHERE computer_id = ? ORDER BY position')
  const partitions = db.prepare<[number], PartitionRow>('SELECT * FROM partitions WHERE computer_id = ? ORDER BY disk_position, position')

  const put = db.transaction((computer: ComputerId, hardware: Hardware) => {
    parsed.delete(computer)
    clear.run(computer)
    addMachine.run({ computer_id: computer, ...machineRow(hardware) })
    hardware.interfaces.forEach(({ duplex = null, mtu = null, ...each }, position) => {
      addInterface.run({ computer_id: computer, position, ...each, duplex, mtu })
    })
    hardware.disks.forEach((disk, diskPosition) => {
      addDisk.run({ computer_id: computer, ...diskRow(disk, diskPosition) })
      disk.partitions.forEach((each, position) => {
        addPartition.run({ computer_id: computer, ...partitionRow(each, diskPosition, position) })
      })
    })
  })

  return {
    put: (computer, hardware) => relaxed(db, () => put(computer, hardware)),
    get(computer) {
      const known = parsed.get(computer)
      if (known) return known
      const row = machine.get(computer)
      const found = row && hardwareOf(row, interfaces.all(computer), disks.all(computer), partitions.all(computer))
      // What is written in a transaction may yet be taken back.
      if (found && !db.inTransaction) parsed.set(computer, found)
      return found
    },
    forget: (computer) => void parsed.delete(computer),
  }
}

function machineRow(hardware: Hardware): MachineRow {
  const { firmware, manufacturer, product, serial, uuid, processor, cores, memory } = hardware
  const cache = hardware.cache === undefined ? null : JSON.stringify(hardware.cache)
  return { firmware, secure_boot: Number(hardware.secureBoot), manufacturer, product, serial, uuid, processor, cores, memory, cache }
}

function diskRow(disk: Disk, position: number): DiskRow {
  const { number, device, size, model, serial, wwn, transport, label } = disk
  return {
    position, number, device, size, model, serial, wwn, transport, label,
    sector_size: disk.sectorSize, removable: Number(disk.removable), table_id: disk.tableId,
  }
}

function partitionRow(partition: Partition, diskPosition: number, position: number): PartitionRow {
  const { number, start, size, type, uuid, name, attributes, filesystem, label } = partition
  return {
    disk_position: diskPosition, position, number, start, size, type, uuid, name, attributes, filesystem, label,
    bootable: Number(partition.bootable),
    filesystem_uuid: partition.filesystemUuid,
    used: partition.used ?? null,
    system_family: partition.system?.family ?? null,
    system_name: partition.system?.name ?? null,
  }
}

/** The schema turns columns of text back into the domain's words. */
function hardwareOf(row: MachineRow, cards: InterfaceRow[], disks: DiskRow[], partitions: PartitionRow[]): Hardware {
  return HardwareSchema.parse({
    ...row,
    secureBoot: row.secure_boot === 1,
    cache: row.cache === null ? undefined : JSON.parse(row.cache),
    interfaces: cards.map(({ duplex, mtu, ...card }) => ({ ...card, duplex: duplex ?? undefined, mtu: mtu ?? undefined })),
    disks: disks.map((disk) => ({
      ...disk,
      sectorSize: disk.sector_size,
      removable: disk.removable === 1,
      tableId: disk.table_id,
      partitions: partitions.filter((each) => each.disk_position === disk.position).map(partitionOf),
    })),
  })
}

function partitionOf(row: PartitionRow): unknown {
  return {
    ...row,
    bootable: row.bootable === 1,
    filesystemUuid: row.filesystem_uuid,
    used: row.used ?? undefined,
    ...(row.system_family === null ? {} : { system: { family: row.system_family, name: row.system_name } }),
  }
}
