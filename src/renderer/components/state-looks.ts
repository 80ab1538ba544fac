/** Icon and colours of every state. Colour never stands alone: the word goes with it (StateBadge). */
import {
  IconBrandApple, IconTerminal2, IconBrandWindows, IconHourglass, IconLoader2, IconPower, IconSettings, IconTool, type TablerIcon,
} from '@tabler/icons-react'
import type { ComputerState } from '#shared/domain/computer.ts'

export interface StateLook {
  Icon: TablerIcon
  /** Background, and the text that reads on it with a contrast of 4.5:1 at least. */
  background: string
  text: string
}

export const STATE_LOOKS: Record<ComputerState, StateLook> = {
  off: { Icon: IconPower, background: '#6c757d', text: '#ffffff' },
  starting: { Icon: IconLoader2, background: '#8fd3f4', text: '#12303f' },
  waiting: { Icon: IconHourglass, background: '#ffd43b', text: '#3a2f00' },
  busy: { Icon: IconSettings, background: '#c92a2a', text: '#ffffff' },
  windows: { Icon: IconBrandWindows, background: '#1864ab', text: '#ffffff' },
  linux: { Icon: IconTerminal2, background: '#7b1e3a', text: '#ffffff' },
  macos: { Icon: IconBrandApple, background: '#f08c00', text: '#2b1a00' },
  maintenance: { Icon: IconTool, background: 'rgba(108, 117, 125, 0.5)', text: 'inherit' },
}
