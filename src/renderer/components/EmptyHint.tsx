import { EmptyState } from '@mantine/core'
import { IconInbox, type TablerIcon } from '@tabler/icons-react'
import type { ReactNode } from 'react'

interface Props {
  title: string
  /** What to do next. */
  hint: string
  Icon?: TablerIcon
  children?: ReactNode
}

export function EmptyHint({ title, hint, Icon = IconInbox, children }: Props) {
  return (
    <EmptyState title={title} description={hint} icon={<Icon aria-hidden />} withIndicatorBackground py="xl" maw={520} mx="auto">
      {children && <EmptyState.Actions>{children}</EmptyState.Actions>}
    </EmptyState>
  )
}
