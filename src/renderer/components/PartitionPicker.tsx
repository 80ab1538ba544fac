import { Radio, Table } from '@mantine/core'
import { CACHE_LABEL, isCache } from '#shared/domain/cache.ts'
import type { Disk, DiskTarget, Partition } from '#shared/domain/disk.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { useTexts } from '../state/texts.ts'
import { useDiskWords } from './disk-words.ts'

interface Props {
  /** Names the group of radios; unique in the page. */
  name: string
  label: string
  disks: readonly Disk[]
  value: DiskTarget | undefined
  onChange: (target: DiskTarget) => void
}

/** Exactly one of the disks and partitions of a computer, or of a group of equal ones. */
export function PartitionPicker({ name, label, disks, value, onChange }: Props) {
  const { words, language, restore: { columns } } = useTexts()
  const { targetName, filesystemName } = useDiskWords()
  const radio = (target: DiskTarget): React.ReactNode => (
    <Radio
      name={name}
      aria-label={targetName(target)}
      checked={value?.disk === target.disk && value.partition === target.partition}
      onChange={() => onChange(target)}
    />
  )
  return (
    <Table role="radiogroup" aria-label={label} verticalSpacing={6} highlightOnHover>
      <Table.Thead>
        <Table.Tr>
          <Table.Th />
          <Table.Th>{columns.disk}</Table.Th>
          <Table.Th>{columns.partition}</Table.Th>
          <Table.Th>{columns.type}</Table.Th>
          <Table.Th>{columns.system}</Table.Th>
          <Table.Th>{columns.filesystem}</Table.Th>
          <Table.Th ta="end">{columns.size}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {disks.map((disk) => [
          <Table.Tr key={disk.number} onClick={() => onChange({ disk: disk.number })}>
            <Table.Td w={40}>{radio({ disk: disk.number })}</Table.Td>
            <Table.Td>{disk.number}</Table.Td>
            <Table.Td fw={600}>{words.wholeDisk}</Table.Td>
            <Table.Td>{disk.label.toUpperCase()}</Table.Td>
            <Table.Td>{disk.model}</Table.Td>
            <Table.Td />
            <Table.Td ta="end">{formatBytes(disk.size, language)}</Table.Td>
          </Table.Tr>,
          ...disk.partitions.map((partition) => (
            <Table.Tr key={`${disk.number}.${partition.number}`} onClick={() => onChange({ disk: disk.number, partition: partition.number })}>
              <Table.Td>{radio({ disk: disk.number, partition: partition.number })}</Table.Td>
              <Table.Td>{disk.number}</Table.Td>
              <Table.Td>{partition.number}</Table.Td>
              <Table.Td>{partitionType(partition)}</Table.Td>
              <Table.Td>{partition.system?.name ?? (isCache(partition) && CACHE_LABEL)}</Table.Td>
              <Table.Td>{filesystemName(partition.filesystem)}</Table.Td>
              <Table.Td ta="end">{formatBytes(partition.size, language)}</Table.Td>
            </Table.Tr>
          )),
        ])}
      </Table.Tbody>
    </Table>
  )
}

/** The types that people meet, by their usual names; UEFI 2.10 table 5-7, Discoverable Partitions, MBR types. */
const TYPE_NAMES: Readonly<Record<string, string>> = {
  'C12A7328-F81F-11D2-BA4B-00A0C93EC93B': 'EFI',
  'E3C9E316-0B5C-4DB8-817D-F92DF00215AE': 'MSR',
  'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7': 'Windows',
  'DE94BBA4-06D1-4D40-A16A-BFD50179D6AC': 'Windows RE',
  '0FC63DAF-8483-4772-8E79-3D69D8477DE4': 'Linux',
  '0657FD6D-A4AB-43C4-84E5-0933C84B4F4F': 'Linux swap',
  'E6D6D379-F507-44C2-A23C-238F2A3DF928': 'Linux LVM',
  '21686148-6449-6E6F-744E-656564454649': 'BIOS boot',
  '05': 'Extended', '0F': 'Extended', '07': 'Windows', '0B': 'FAT32', '0C': 'FAT32', '82': 'Linux swap', '83': 'Linux', EF: 'EFI',
}

function partitionType({ type, name }: Partition): string {
  return TYPE_NAMES[type.toUpperCase()] ?? (name || type)
}
