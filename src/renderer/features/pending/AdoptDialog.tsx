import { Code, NumberInput, Stack, Table, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { HostName, type MacAddress } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { PlaceFields, type ComputerPlace } from '../../components/PlaceFields.tsx'
import { useConsole } from '../../state/console-store.ts'
import { useTexts } from '../../state/texts.ts'
import { isNamePattern, namesFromPattern } from './name-pattern.ts'

/** Takes computers into a classroom: one by its name, several by a pattern. */
export function AdoptDialog({ macs: asked, onClose }: { macs: MacAddress[]; onClose: () => void }) {
  const { rooms: { pending: words }, words: common } = useTexts()
  const client = useClient()
  const { classrooms, pending, computers } = useConsole()
  // Those adopted before one failed are not asked for again.
  const waiting = pending.filter(({ mac }) => asked.includes(mac))
  const several = asked.length > 1
  const [place, setPlace] = useState<ComputerPlace>(() => (classrooms[0] ? { classroom: classrooms[0].id } : {}))
  const [name, setName] = useState<string>(waiting[0]?.suggestedName ?? '')
  const [pattern, setPattern] = useState('pc-##')
  const [first, setFirst] = useState(1)

  const patternOk = isNamePattern(pattern)
  const taken = new Set<string>([...computers.values()].map((computer) => computer.name))
  const names = several ? (patternOk ? namesFromPattern(pattern, first, waiting.length, taken) : []) : [name]
  const namesOk = names.length > 0 && names.every((one) => HostName.safeParse(one).success)

  const adopt = async (): Promise<void> => {
    const { classroom, group } = place
    if (classroom === undefined) return
    for (const [index, { mac }] of waiting.entries()) {
      await client.call('pending.adopt', {
        mac,
        classroomId: classroom,
        name: names[index] ?? '',
        ...(group !== undefined && { groupId: group }),
      })
    }
  }
  return (
    <FormDialog
      title={words.adoptTitle(waiting.length)}
      submit={words.submit}
      disabled={!namesOk || place.classroom === undefined}
      onSubmit={adopt}
      onClose={onClose}
    >
      {classrooms.length === 0 && <Text>{words.needClassroom}</Text>}
      <PlaceFields place={place} onChange={setPlace} />
      {several ? (
        <Stack>
          <TextInput
            label={words.pattern}
            description={words.patternHint}
            error={patternOk ? undefined : words.patternWrong}
            value={pattern}
            onChange={(event) => setPattern(event.currentTarget.value)}
          />
          <NumberInput label={words.firstNumber} min={0} max={9999} value={first} onChange={(value) => setFirst(Number(value))} />
          <Table aria-label={words.result}>
            <Table.Tbody>
              {waiting.map(({ mac }, index) => (
                <Table.Tr key={mac}><Table.Td><Code>{mac}</Code></Table.Td><Table.Td>{names[index]}</Table.Td></Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Stack>
      ) : (
        <TextInput
          label={common.name}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={namesOk ? undefined : common.hostNameRule}
          data-autofocus
        />
      )}
    </FormDialog>
  )
}
