/** Rows as the console would send them, for unit tests. */
import type { ClassroomView, ComputerView, ConsoleView, ImageView, OperationView, SiteView, VolumeView } from '#shared/contract/views.ts'
import { defaultNetworkProperties } from '#shared/domain/classroom.ts'
import type { Hardware } from '#shared/domain/computer.ts'
import type { Disk, Partition } from '#shared/domain/disk.ts'
import { ClassroomId, ComputerId, HostName, ImageId, MacAddress, OperationId, RevisionId, SiteId } from '#shared/domain/ids.ts'

export const GB = 1e9

export const consoleInfo: ConsoleView = {
  version: '1', node: 'v24', address: '', language: 'es', engine: { noCache: 'UNICAST', fullCache: 'NONE' }, transfers: { unicastClients: 16 }, services: [],
}

export const site: SiteView = { id: SiteId.parse(1), name: 'Facultad' }
export const classroom: ClassroomView = { id: ClassroomId.parse(1), siteId: site.id, name: 'Aula 1', network: defaultNetworkProperties }

export function partition(number: number, changes: Partial<Partition> = {}): Partition {
  return {
    number, start: number * GB, size: 20 * GB, type: '0FC63DAF-8483-4772-8E79-3D69D8477DE4', uuid: '', name: '', attributes: '', bootable: false,
    filesystem: 'ext4', label: '', filesystemUuid: '', ...changes,
  }
}

export function disk(partitions: Partition[]): Disk {
  return {
    number: 1, device: '/dev/sda', size: 100 * GB, sectorSize: 512, model: 'Disco', serial: '', wwn: '', transport: 'sata', removable: false,
    label: 'gpt', tableId: '', partitions,
  }
}

export function hardware(disks: Disk[]): Hardware {
  return {
    firmware: 'uefi', secureBoot: false, manufacturer: 'Ejemplo', product: 'Torre', serial: 'S1', uuid: '', processor: 'CPU', cores: 4, memory: 8 * GB,
    interfaces: [], disks,
  }
}

export function computer(id: number, changes: Partial<ComputerView> = {}): ComputerView {
  const digits = String(id).padStart(2, '0')
  return {
    id: ComputerId.parse(id),
    classroomId: classroom.id,
    name: HostName.parse(`pc-${digits}`),
    macs: [MacAddress.parse(`52:54:00:00:00:${digits}`)],
    ip: `10.0.0.${id}`,
    state: 'waiting',
    bootMode: 'live',
    hardware: hardware([disk([partition(1), partition(2)])]),
    ...changes,
  }
}

export function operation(id: number, changes: Partial<OperationView> = {}): OperationView {
  return {
    id: OperationId.parse(id), kind: 'restore', state: 'running', computerId: ComputerId.parse(1), computerName: 'pc-01', requestedBy: 'ana',
    createdAt: id * 1000, ...changes,
  }
}

export function image(id: number, name: string, volumes: Partial<VolumeView>[], kind: ImageView['kind'] = 'partition'): ImageView {
  const imageId = ImageId.parse(id)
  return {
    id: imageId,
    name,
    kind,
    description: '',
    revisions: [{
      id: RevisionId.parse(id), imageId, number: 1, createdAt: 0, manifest: '0'.repeat(64), description: '', source: 'pc-01', storedBytes: GB,
      volumes: volumes.map((volume, index) => ({
        partition: index + 1, filesystem: 'ext4', label: '', size: 20 * GB, used: 5 * GB, minimumSize: 6 * GB, mode: 'used', ...volume,
      })),
    }],
  }
}
