import { Text, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { assertNever } from '#shared/domain/errors.ts'
import type { ClassroomId, GroupId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import type { Texts } from '../../i18n/index.ts'
import { useConsole } from '../../state/console-store.ts'
import { useTexts } from '../../state/texts.ts'
import { checkNewComputer, type MacsProblem, type NameProblem } from './new-computer-form.ts'

interface Props {
  classroom: ClassroomId
  group: GroupId | undefined
  onClose: () => void
}

/** A computer that has not booted yet, by its name and its network cards. */
export function NewComputerDialog({ classroom, group, onClose }: Props) {
  const texts = useTexts()
  const { words, rooms: { newComputer } } = texts
  const client = useClient()
  const computers = useConsole((data) => data.computers)
  const [name, setName] = useState('')
  const [macs, setMacs] = useState('')
  const place = { classroomId: classroom, ...(group !== undefined && { groupId: group }) }
  const checked = checkNewComputer({ name, macs }, place, [...computers.values()])
  const problems = 'problems' in checked ? checked.problems : undefined

  const create = async (): Promise<void> => {
    if ('input' in checked) await client.call('computers.create', checked.input)
  }
  return (
    <FormDialog title={newComputer.title} submit={newComputer.submit} disabled={!('input' in checked)} onSubmit={create} onClose={onClose}>
      <Text size="sm">{newComputer.intro}</Text>
      <TextInput
        label={words.name}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={name !== '' && nameProblem(problems?.name, texts)}
        data-autofocus
      />
      <Textarea
        label={newComputer.macs}
        description={newComputer.macsHint}
        value={macs}
        onChange={(event) => setMacs(event.currentTarget.value)}
        error={macs !== '' && macsProblem(problems?.macs, texts)}
        styles={{ input: { fontFamily: 'monospace' } }}
        spellCheck={false}
        rows={3}
      />
    </FormDialog>
  )
}

function nameProblem(problem: NameProblem | undefined, { words, rooms: { newComputer } }: Texts): string | undefined {
  if (!problem) return undefined
  return problem.reason === 'taken' ? newComputer.nameTaken(problem.name) : words.hostNameRule
}

function macsProblem(problem: MacsProblem | undefined, { rooms: { newComputer } }: Texts): string | undefined {
  switch (problem?.reason) {
    case undefined:
    case 'none':
      return undefined
    case 'form':
      return newComputer.macWrong(problem.text)
    case 'too-many':
      return newComputer.macsTooMany
    case 'taken':
      return newComputer.macTaken(problem.mac, problem.owner)
    default:
      return assertNever(problem)
  }
}
