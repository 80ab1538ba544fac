import { Alert, Button, Fieldset, Group, SimpleGrid, Stack, TextInput, Title, NativeSelect } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import type { ClassroomView } from '#shared/contract/views.ts'
import type { ClassroomId } from '#shared/domain/ids.ts'
import { useClient, useRefusal } from '../../bridge/index.ts'
import { EmptyHint } from '../../components/EmptyHint.tsx'
import { ErrorNote } from '../../components/ErrorNote.tsx'
import { showDialog } from '../../state/dialogs.ts'
import { useTexts } from '../../state/texts.ts'
import { useClassroom } from '../../state/use-classroom.ts'
import { fromTexts, toTexts, type NetworkField, type NetworkTexts } from './network-form.ts'

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

  const change = (field: NetworkField, text: string): void => {
    setTexts({ ...texts, [field]: text })
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
  const field = (key: NetworkField, description?: string): React.ReactNode => (
    <TextInput
      label={network.fields[key]}
      description={description}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      value={texts[key]}
      readOnly={readOnly}
      onChange={(event) => change(key, event.currentTarget.value)}
      error={wrong.has(key) ? network.errors[key] : undefined}
    />
  )
  const choice = (key: NetworkField, names: Record<string, string>): React.ReactNode => (
    <NativeSelect
      label={network.fields[key]}
      value={texts[key]}
      disabled={readOnly}
      onChange={(event) => change(key, event.currentTarget.value)}
      data={Object.entries(names).map(([value, label]) => ({ value, label }))}
    />
  )
  return (
    <Stack component="form" maw={900} onSubmit={save}>
      <Title order={1} size="h2">{network.title}: {classroom.name}</Title>
      {readOnly && <Alert color="gray" role="note">{refusal}</Alert>}
      <Fieldset legend={network.groups.names}>
        <TextInput label={words.name} value={name} readOnly={readOnly} onChange={(event) => setName(event.currentTarget.value)} maxLength={100} />
      </Fieldset>
      <Fieldset legend={network.groups.network}>
        <SimpleGrid cols={2}>{field('router')}{field('netmask')}{field('dns', network.listHint)}{field('ntp')}{field('proxy')}</SimpleGrid>
      </Fieldset>
      <Fieldset legend={network.groups.multicast}>
        <SimpleGrid cols={2}>
          {field('multicastAddress', network.derived)}
          {field('multicastPort')}
          {choice('multicastMode', network.duplex)}
          {field('multicastSpeed')}
          {field('maxClients')}
          {field('maxWait')}
        </SimpleGrid>
      </Fieldset>
      <Fieldset legend={network.groups.p2p}>
        <SimpleGrid cols={2}>{choice('p2pMode', network.p2p)}{field('p2pTime')}</SimpleGrid>
      </Fieldset>
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
