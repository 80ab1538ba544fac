import { Button, Group, Modal, Stack, type MantineSize } from '@mantine/core'
import { useState, type FormEvent, type ReactNode } from 'react'
import { useTexts } from '../state/texts.ts'
import { ErrorNote } from './ErrorNote.tsx'

interface Props {
  title: string
  submit: string
  /** What cannot be undone: Cancel has the focus, and the other button warns. */
  danger?: boolean
  disabled?: boolean
  size?: MantineSize
  /** A rejection is shown inside; the dialog and its values stay. */
  onSubmit: () => Promise<unknown>
  onClose: () => void
  children: ReactNode
}

/** A dialog that does one thing: it closes when that is done, and explains when it is not. */
export function FormDialog({ title, submit, danger = false, disabled = false, size = 'md', onSubmit, onClose, children }: Props) {
  const { words } = useTexts()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()

  const send = (event: FormEvent): void => {
    event.preventDefault()
    setBusy(true)
    setError(undefined)
    onSubmit().then(onClose, (reason: unknown) => {
      setError(reason)
      setBusy(false)
    })
  }
  return (
    <Modal opened onClose={onClose} title={title} size={size} closeButtonProps={{ 'aria-label': words.close }}>
      <form onSubmit={send} noValidate>
        <Stack>
          {children}
          {error !== undefined && <ErrorNote error={error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose} data-autofocus={danger || undefined}>{words.cancel}</Button>
            <Button type="submit" loading={busy} disabled={disabled} color={danger ? 'red' : 'teal'}>{submit}</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
