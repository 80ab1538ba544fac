import { Badge, Tooltip, VisuallyHidden } from '@mantine/core'
import { IconDatabase, IconNetwork, IconTerminal2, type TablerIcon } from '@tabler/icons-react'
import type { BootMode } from '#shared/domain/computer.ts'
import { useTexts } from '../state/texts.ts'

const ICONS: Record<Exclude<BootMode, 'live'>, TablerIcon> = { disk: IconDatabase, 'live-admin': IconTerminal2, 'ipxe-live': IconNetwork }

/** What a computer does at its next network boots, when it is not the usual. */
export function BootModeMark({ mode }: { mode: BootMode }) {
  const { words, rooms } = useTexts()
  if (mode === 'live') return null
  const Icon = ICONS[mode]
  const label = rooms.bootMode.mark(words.bootModes[mode])
  return (
    <Tooltip label={label}>
      <Badge variant="outline" color="gray" tt="none" leftSection={<Icon size={13} aria-hidden />}>
        <VisuallyHidden>{label}</VisuallyHidden>
        <span aria-hidden>{words.bootModeMarks[mode]}</span>
      </Badge>
    </Tooltip>
  )
}
