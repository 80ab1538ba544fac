import { TextInput } from '@mantine/core'
import { useState } from 'react'
import { FormDialog } from '../../components/FormDialog.tsx'

interface Props {
  title: string
  label: string
  submit: string
  initial?: string
  onSubmit: (name: string) => Promise<unknown>
  onClose: () => void
}

/** Asks for what something is to be called. */
export function NameDialog({ title, label, submit, initial = '', onSubmit, onClose }: Props) {
  const [name, setName] = useState(initial)
  return (
    <FormDialog title={title} submit={submit} disabled={name.trim() === ''} onSubmit={() => onSubmit(name)} onClose={onClose}>
      <TextInput label={label} value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={100} data-autofocus />
    </FormDialog>
  )
}
