import { ActionIcon, Anchor, Group, Image, Text, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { IconAlertTriangle, IconLogout, IconMoon, IconProgress, IconSun } from '@tabler/icons-react'
import { useMemo } from 'react'
import icon from '../../../../resources/icons/icon.svg'
import { LanguageSwitch } from '../../components/LanguageSwitch.tsx'
import { StateBadge } from '../../components/StateBadge.tsx'
import { BAD } from '../../components/tones.ts'
import { useConsole } from '../../state/console-store.ts'
import { screenPath } from '../../state/screen.ts'
import { countByState, isRunning } from '../../state/selectors.ts'
import { useTexts } from '../../state/texts.ts'

export function Header({ onLogout }: { onLogout: (() => void) | undefined }) {
  const { shell } = useTexts()
  return (
    <Group h="100%" px="md" justify="space-between" wrap="nowrap">
      <Anchor href={screenPath({ name: 'home' })} c="inherit" underline="never">
        <Group gap="xs" wrap="nowrap">
          <Image src={icon} w={28} h={28} alt="" />
          <Text fw={700} size="lg">{shell.product}</Text>
        </Group>
      </Anchor>
      <Counts />
      <Group gap="xs" wrap="nowrap">
        <LanguageSwitch />
        <ThemeSwitch />
        {onLogout && (
          <Tooltip label={shell.logout}>
            <ActionIcon variant="subtle" color="gray" size="lg" aria-label={shell.logout} onClick={onLogout}><IconLogout size={20} /></ActionIcon>
          </Tooltip>
        )}
      </Group>
    </Group>
  )
}

/** How many computers are in each state; what runs; what is down. */
function Counts() {
  const { shell } = useTexts()
  const computers = useConsole((data) => data.computers)
  const running = useConsole((data) => [...data.operations.values()].filter(isRunning).length)
  const down = useConsole((data) => data.services.filter(({ state }) => state === 'failed').length)
  const counts = useMemo(() => countByState(computers.values()), [computers])
  return (
    <Group gap="xs" wrap="nowrap" role="status" aria-label={shell.counts} style={{ overflow: 'hidden' }}>
      {[...counts].map(([state, count]) => <StateBadge key={state} state={state} count={count} />)}
      {running > 0 && (
        <Anchor href={screenPath({ name: 'operations' })} size="sm">
          <Group gap={4} wrap="nowrap"><IconProgress size={16} aria-hidden />{shell.running(running)}</Group>
        </Anchor>
      )}
      {down > 0 && (
        <Anchor href={screenPath({ name: 'services' })} size="sm" c={BAD}>
          <Group gap={4} wrap="nowrap"><IconAlertTriangle size={16} aria-hidden />{shell.servicesDown(down)}</Group>
        </Anchor>
      )}
    </Group>
  )
}

function ThemeSwitch() {
  const { shell } = useTexts()
  const { setColorScheme } = useMantineColorScheme()
  const dark = useComputedColorScheme() === 'dark'
  const label = dark ? shell.lightTheme : shell.darkTheme
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={label} onClick={() => setColorScheme(dark ? 'light' : 'dark')}>
        {dark ? <IconSun size={20} /> : <IconMoon size={20} />}
      </ActionIcon>
    </Tooltip>
  )
}
