import { Affix, Notification, Stack } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { toErrorRecord } from '#shared/domain/errors.ts'
import { resultSentence } from '#shared/i18n/index.ts'
import { useNotices } from '../../state/notices.ts'
import { useTexts } from '../../state/texts.ts'

export function Notices() {
  const { language, words } = useTexts()
  const { notices, dismiss } = useNotices()
  return (
    <Affix position={{ bottom: 16, right: 16 }} w={420}>
      <Stack>
        {notices.map(({ id, error }) => {
          const { code, params } = toErrorRecord(error)
          return (
            <Notification
              key={id}
              role="alert"
              color="red"
              withBorder
              icon={<IconAlertTriangle size={18} aria-hidden />}
              onClose={() => dismiss(id)}
              closeButtonProps={{ 'aria-label': words.close }}
            >
              {resultSentence(language, code, params)}
            </Notification>
          )
        })}
      </Stack>
    </Affix>
  )
}
