import { Alert } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { toErrorRecord } from '#shared/domain/errors.ts'
import { resultSentence } from '#shared/i18n/index.ts'
import { useTexts } from '../state/texts.ts'

/** A failure in the reader's language: what happened and what to do. */
export function ErrorNote({ error }: { error: unknown }) {
  const { language } = useTexts()
  const { code, params } = toErrorRecord(error)
  return (
    <Alert role="alert" color="red" icon={<IconAlertTriangle aria-hidden />}>
      {resultSentence(language, code, params)}
    </Alert>
  )
}
