import { Button, Group, NumberInput, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ClassroomId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { formatTime } from '../../i18n/index.ts'
import { reportFailure } from '../../state/notices.ts'
import { useTexts } from '../../state/texts.ts'
import { useClassroom } from '../../state/use-classroom.ts'
import { isNamePattern } from './name-pattern.ts'

/** Opens a classroom's enrolment for some minutes, or closes it. */
export function EnrolDialog({ id, onClose }: { id: ClassroomId; onClose: () => void }) {
  const { language, rooms: { enrolment: words, pending } } = useTexts()
  const client = useClient()
  const until = useClassroom(id)?.enrolmentUntil
  const [minutes, setMinutes] = useState(15)
  const [pattern, setPattern] = useState('pc-##')
  const patternOk = isNamePattern(pattern)
  const closeEnrolment = (): void => {
    client.call('classrooms.enrol', { id, minutes: 0, namePattern: pattern }).then(onClose, reportFailure)
  }
  return (
    <FormDialog
      title={words.title}
      submit={words.open}
      disabled={!patternOk || minutes < 1}
      onSubmit={() => client.call('classrooms.enrol', { id, minutes, namePattern: pattern })}
      onClose={onClose}
    >
      <Text>{words.intro}</Text>
      {until !== undefined && (
        <Group justify="space-between">
          <Text fw={600}>{words.until(formatTime(until, language))}</Text>
          <Button variant="default" onClick={closeEnrolment}>{words.close}</Button>
        </Group>
      )}
      <NumberInput label={words.minutes} min={1} max={480} value={minutes} onChange={(value) => setMinutes(Number(value))} />
      <TextInput
        label={pending.pattern}
        description={pending.patternHint}
        error={patternOk ? undefined : pending.patternWrong}
        value={pattern}
        onChange={(event) => setPattern(event.currentTarget.value)}
      />
    </FormDialog>
  )
}
