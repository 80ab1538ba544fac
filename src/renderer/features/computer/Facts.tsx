import { DataList, Stack, Text } from '@mantine/core'
import type { ComputerView } from '#shared/contract/views.ts'
import type { Hardware } from '#shared/domain/computer.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { EmptyHint } from '../../components/EmptyHint.tsx'
import { formatMoment, type Texts } from '../../i18n/index.ts'
import { useTexts } from '../../state/texts.ts'

export function Facts({ computer }: { computer: ComputerView }) {
  const texts = useTexts()
  const { facts, noHardware, noHardwareHint } = texts.computer
  const { ip, macs, bootMode, seenAt, hardware } = computer
  const rows: [string, string][] = [
    [facts.address, ip || '–'],
    [facts.macs, macs.join(', ')],
    [facts.bootMode, texts.words.bootModes[bootMode]],
    [facts.seen, seenAt === undefined ? '–' : formatMoment(seenAt, texts.language)],
    ...(hardware ? hardwareFacts(hardware, texts) : []),
  ]
  return (
    <Stack>
      <DataList labelWidth={180}>
        {rows.map(([label, value]) => (
          <DataList.Item key={label}>
            <DataList.ItemLabel>{label}</DataList.ItemLabel>
            <DataList.ItemValue><Text size="sm">{value}</Text></DataList.ItemValue>
          </DataList.Item>
        ))}
      </DataList>
      {!hardware && <EmptyHint title={noHardware} hint={noHardwareHint} />}
    </Stack>
  )
}

function hardwareFacts(hardware: Hardware, { language, computer: { facts } }: Texts): [string, string][] {
  const { firmware, secureBoot, manufacturer, product, serial, processor, cores, memory, interfaces } = hardware
  const speed = (mbits: number): string => (mbits > 0 ? `${mbits} Mbit/s` : facts.unknownSpeed)
  return [
    [facts.model, `${manufacturer} ${product}`.trim() || '–'],
    [facts.serial, serial || '–'],
    [facts.processor, `${processor} (${facts.cores(cores)})`],
    [facts.memory, formatBytes(memory, language)],
    [facts.firmware, `${firmware.toUpperCase()}${secureBoot ? ` ${facts.secureBoot}` : ''}`],
    [facts.network, interfaces.map((card) => `${card.name} · ${card.driver || '?'} · ${speed(card.speed)}`).join('; ')],
  ]
}
