import { Button, Center, Group, Loader, Stack } from '@mantine/core'
import { useEffect, useState, type ReactNode } from 'react'
import { useTexts } from '../../state/texts.ts'
import { ErrorNote } from '../ErrorNote.tsx'

interface Props<P> {
  plan: () => Promise<P>
  onBack: () => void
  children: (planned: P) => ReactNode
}

/** Asks what would happen, once: the plan is of the moment that it was asked for, and going back and on asks again. */
export function PlanStep<P>({ plan, onBack, children }: Props<P>) {
  const { words } = useTexts()
  const [planned, setPlanned] = useState<P>()
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    plan().then(setPlanned, setError)
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [])
  if (error !== undefined) {
    return (
      <Stack>
        <ErrorNote error={error} />
        <Group justify="flex-end"><Button variant="default" onClick={onBack}>{words.back}</Button></Group>
      </Stack>
    )
  }
  return planned === undefined ? <Center h={200}><Loader /></Center> : children(planned)
}
