import { Group, Paper, Stack, Table, Text, Title } from '@mantine/core'
import type { Hardware } from '#shared/domain/computer.ts'
import type { Disk } from '#shared/domain/disk.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { DiskBar } from '../../components/DiskBar.tsx'
import { useDiskWords } from '../../components/disk-words.ts'
import { EmptyHint } from '../../components/EmptyHint.tsx'
import { useTexts } from '../../state/texts.ts'

export function Disks({ hardware }: { hardware: Hardware | undefined }) {
  const { noHardware, noHardwareHint } = useTexts().computer
  if (!hardware) return <EmptyHint title={noHardware} hint={noHardwareHint} />
  return <Stack>{hardware.disks.map((disk) => <DiskPanel key={disk.device} disk={disk} />)}</Stack>
}

function DiskPanel({ disk }: { disk: Disk }) {
  const { language, words, computer: { disks } } = useTexts()
  const facts = [disk.device, disk.model, disk.transport, disk.label.toUpperCase(), disk.removable ? disks.removable : '']
  return (
    <Paper withBorder p="md" component="section" aria-label={words.disk(disk.number)}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4">{words.disk(disk.number)} · {formatBytes(disk.size, language)}</Title>
          <Text size="sm" c="dimmed">{facts.filter(Boolean).join(' · ')}</Text>
        </Group>
        <DiskBar disk={disk} />
        {disk.partitions.length === 0 ? <Text c="dimmed">{disks.empty}</Text> : <Partitions disk={disk} />}
      </Stack>
    </Paper>
  )
}

function Partitions({ disk }: { disk: Disk }) {
  const { language, computer: { disks } } = useTexts()
  const { filesystemName } = useDiskWords()
  return (
    <Table aria-label={disks.caption(disk.number)}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{disks.partition}</Table.Th>
          <Table.Th>{disks.filesystem}</Table.Th>
          <Table.Th>{disks.label}</Table.Th>
          <Table.Th>{disks.system}</Table.Th>
          <Table.Th ta="end">{disks.size}</Table.Th>
          <Table.Th ta="end">{disks.used}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {disk.partitions.map(({ number, filesystem, label, system, size, used }) => (
          <Table.Tr key={number}>
            <Table.Td>{number}</Table.Td>
            <Table.Td>{filesystemName(filesystem)}</Table.Td>
            <Table.Td>{label}</Table.Td>
            <Table.Td>{system?.name}</Table.Td>
            <Table.Td ta="end">{formatBytes(size, language)}</Table.Td>
            <Table.Td ta="end">{used === undefined ? '–' : formatBytes(used, language)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}
