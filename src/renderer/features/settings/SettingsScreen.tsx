import { Alert, Button, Fieldset, Group, Stack, TextInput, Title } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import type { ClassroomView } from '#shared/contract/views.ts'
import type { ClassroomId } from '#shared/domain/ids.ts'
import { useClient, useRefusal } from '../../bridge/index.ts'
import { EmptyHint } from '../../components/EmptyHint.tsx'
import { ErrorNote } from '../../components/ErrorNote.tsx'
import { fromTexts, MULTICAST_FIELDS, P2P_FIELDS, toTexts, type NetworkField, type NetworkTexts } from '../../components/network/network-form.ts'
import { NetworkFields } from '../../components/network/NetworkFields.tsx'
import { showDialog } from '../../state/dialogs.ts'
import { useTexts } from '../../state/texts.ts'
import { useClassroom } from '../../state/use-classroom.ts'

export function SettingsScreen({ id }: { id: ClassroomId }) {
  const { shell } = useTexts()
  const classroom = useClassroom(id)
  return classroom ? <SettingsForm classroom={classroom} /> : <EmptyHint title={shell.gone} hint={shell.goneHint} />
}

type Saving = { kind: 'editing' | 'saving' | 'saved' } | { kind: 'failed'; error: unknown }

function SettingsForm({ classroom }: { classroom: ClassroomView }) {
  const { words, rooms: { network, remove } } = useTexts()
  const client = useClient()
  const refusal = useRefusal('classrooms.update')
  const readOnly = refusal !== undefined
  const [name, setName] = useState(classroom.name)
  const [texts, setTexts] = useState<NetworkTexts>(() => toTexts(classroom.network))
  const [saving, setSaving] = useState<Saving>({ kind: 'editing' })
  const checked = fromTexts(texts)
  const wrong = 'wrong' in checked ? checked.wrong : new Set<NetworkField>()

  const change = (changed: NetworkTexts): void => {
    setTexts(changed)
    setSaving({ kind: 'editing' })
  }
  const save = (event: FormEvent): void => {
    event.preventDefault()
    if ('wrong' in checked) return
    setSaving({ kind: 'saving' })
    client.call('classrooms.update', { id: classroom.id, name, network: checked.properties }).then(
      () => setSaving({ kind: 'saved' }),
      (error: unknown) => setSaving({ kind: 'failed', error }),
    )
  }
  const fields = (...shown: NetworkField[]): React.ReactNode => (
    <NetworkFields fields={shown} texts={texts} wrong={wrong} readOnly={readOnly} onChange={change} />
  )
  return (
    <Stack component="form" maw={900} onSubmit={save}>
      <Title order={1} size="h2">{network.title}: {classroom.name}</Title>
      {readOnly && <Alert color="gray" role="note">{refusal}</Alert>}
      <Fieldset legend={network.groups.names}>
        <TextInput label={words.name} value={name} readOnly={readOnly} onChange={(event) => setName(event.currentTarget.value)} maxLength={100} />
      </Fieldset>
      <Fieldset legend={network.groups.network}>{fields('router', 'netmask', 'dns', 'ntp', 'proxy')}</Fieldset>
      <Fieldset legend={network.groups.multicast}>{fields(...MULTICAST_FIELDS)}</Fieldset>
      <Fieldset legend={network.groups.p2p}>{fields(...P2P_FIELDS)}</Fieldset>
      {saving.kind === 'failed' && <ErrorNote error={saving.error} />}
      {saving.kind === 'saved' && <Alert color="green" role="status">{network.saved}</Alert>}
      {!readOnly && (
        <Group justify="space-between">
          <Button type="submit" loading={saving.kind === 'saving'} disabled={'wrong' in checked || name.trim() === ''}>{words.save}</Button>
          <Button variant="subtle" color="red" onClick={() => showDialog({ kind: 'remove-classroom', classroom: classroom.id })}>{remove.classroomAction}</Button>
        </Group>
      )}
    </Stack>
  )
}
