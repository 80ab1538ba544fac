import { Center, Loader, MantineProvider, Stack, Text } from '@mantine/core'
import { useEffect } from 'react'
import { assertNever } from '#shared/domain/errors.ts'
import { desktop, useLink, type Door } from './bridge/index.ts'
import { LoginScreen } from './features/login/LoginScreen.tsx'
import { usePreferences } from './state/preferences.ts'
import { go } from './state/screen.ts'
import { useTexts } from './state/texts.ts'
import { cssVariables, theme } from './theme.ts'
import { Workplace } from './Workplace.tsx'

export function App({ door }: { door: Door }) {
  useLanguageEverywhere()
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <Entrance door={door} />
    </MantineProvider>
  )
}

function Entrance({ door }: { door: Door }) {
  const { shell } = useTexts()
  const link = useLink(door)
  switch (link.phase) {
    case 'connecting':
      return (
        <Center h="100%">
          <Stack align="center">
            <Loader />
            <Text>{shell.connecting}</Text>
          </Stack>
        </Center>
      )
    case 'login':
      return <LoginScreen door={door} />
    case 'online':
    case 'offline':
      return <Workplace door={door} client={link.client} role={link.role} offline={link.phase === 'offline'} />
    default:
      return assertNever(link)
  }
}

/** The page, the window's menu and the screens speak the same language. */
function useLanguageEverywhere(): void {
  const language = usePreferences((state) => state.language)
  useEffect(() => {
    document.documentElement.lang = language
    desktop?.languageChanged(language)
  }, [language])
  useEffect(() => {
    desktop?.onMenu((command) => {
      if (command.kind === 'language') usePreferences.getState().setLanguage(command.language)
      else go({ name: command.screen })
    })
  }, [])
}
