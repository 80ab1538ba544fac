import { Button, Center, Group, Loader, Stack } from '@mantine/core'
import { useEffect, useState, type ReactNode } from 'react'
import { useTexts } from '../../state/texts.ts'
import { ErrorNote } from '../ErrorNote.tsx'

interface Props<P> {
  plan: () => Promise<P>
  onBack: () => void
  /** @param renew to be told why the plan holds no longer: another one is asked for, and takes its place below that reason */
  children: (planned: P, renew: (reason: unknown) => void) => ReactNode
}

/** Asks what would happen: the plan is of the moment that it was asked for, and going back and on asks again. */
export function PlanStep<P>({ children, ...asked }: Props<P>) {
  const [outdated, setOutdated] = useState<readonly unknown[]>([])
  return (
    <Stack>
      {outdated.length > 0 && <ErrorNote error={outdated.at(-1)} />}
      {/* Nothing of the old plan's confirmation slips through to the new one. */}
      <Plan key={outdated.length} {...asked}>{(planned) => children(planned, (reason) => setOutdated([...outdated, reason]))}</Plan>
    </Stack>
  )
}

/** One plan, asked for once. */
function Plan<P>({ plan, onBack, children }: Omit<Props<P>, 'children'> & { children: (planned: P) => ReactNode }) {
  const { words } = useTexts()
  const [planned, setPlanned] = useState<P>()
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    plan().then(setPlanned, setError)
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [])
  if (error !== undefined) {
    return (
      <>
        <ErrorNote error={error} />
        <Group justify="flex-end"><Button variant="default" onClick={onBack}>{words.back}</Button></Group>
      </>
    )
  }
  return planned === undefined ? <Center h={200}><Loader /></Center> : children(planned)
}
