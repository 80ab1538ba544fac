import { Button, DataList, Group, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { ComputerView } from '#shared/contract/views.ts'
import type { Hardware } from '#shared/domain/computer.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { EmptyHint } from '../../components/EmptyHint.tsx'
import { Permitted } from '../../components/Permitted.tsx'
import { formatMoment, type Texts } from '../../i18n/index.ts'
import { showDialog } from '../../state/dialogs.ts'
import { useTexts } from '../../state/texts.ts'

export function Facts({ computer }: { computer: ComputerView }) {
  const texts = useTexts()
  const { facts, noHardware, noHardwareHint } = texts.computer
  const { ip, macs, seenAt, hardware } = computer
  const rows: [string, ReactNode][] = [
    [facts.address, ip || '–'],
    [facts.macs, macs.join(', ')],
    [facts.bootMode, <BootModeFact key="mode" computer={computer} />],
    [facts.seen, seenAt === undefined ? '–' : formatMoment(seenAt, texts.language)],
    ...(hardware ? hardwareFacts(hardware, texts) : []),
  ]
  return (
    <Stack>
      <DataList labelWidth={180}>
        {rows.map(([label, value]) => (
          <DataList.Item key={label}>
            <DataList.ItemLabel>{label}</DataList.ItemLabel>
            <DataList.ItemValue>{typeof value === 'string' ? <Text size="sm">{value}</Text> : value}</DataList.ItemValue>
          </DataList.Item>
        ))}
      </DataList>
      {!hardware && <EmptyHint title={noHardware} hint={noHardwareHint} />}
    </Stack>
  )
}

function BootModeFact({ computer: { id, bootMode } }: { computer: ComputerView }) {
  const { words, computer: { facts } } = useTexts()
  return (
    <Group gap="sm">
      <Text size="sm">{words.bootModes[bootMode]}</Text>
      <Permitted call="computers.update">
        <Button variant="light" size="compact-xs" onClick={() => showDialog({ kind: 'boot-mode', computers: [id] })}>{facts.change}</Button>
      </Permitted>
    </Group>
  )
}

function hardwareFacts(hardware: Hardware, { language, computer: { facts } }: Texts): [string, string][] {
  const { firmware, secureBoot, manufacturer, product, serial, processor, cores, memory, interfaces } = hardware
  return [
    [facts.model, `${manufacturer} ${product}`.trim() || '–'],
    [facts.serial, serial || '–'],
    [facts.processor, `${processor} (${facts.cores(cores)})`],
    [facts.memory, formatBytes(memory, language)],
    [facts.firmware, `${firmware.toUpperCase()}${secureBoot ? ` ${facts.secureBoot}` : ''}`],
    [facts.network, interfaces.map((card) => cardFacts(card, facts)).join('; ')],
  ]
}

/** What the driver of a network card says of its link; nothing of what it does not say. */
function cardFacts({ name, driver, speed, duplex, mtu }: Hardware['interfaces'][number], facts: Texts['computer']['facts']): string {
  const link = [speed > 0 ? `${speed} Mbit/s` : facts.unknownSpeed, ...(duplex ? [facts.duplex[duplex]] : [])]
  return [name, driver || '?', link.join(', '), ...(mtu === undefined ? [] : [`MTU ${mtu}`])].join(' · ')
}
