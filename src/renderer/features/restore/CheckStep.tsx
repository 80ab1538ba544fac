import { useState } from 'react'
import { useClient } from '../../bridge/index.ts'
import { PlanConfirmation } from '../../components/imaging/PlanConfirmation.tsx'
import { acceptedRequests, startEach, type Planned } from '../../components/imaging/planned.ts'
import { PlanStep } from '../../components/imaging/PlanStep.tsx'
import { useTexts } from '../../state/texts.ts'
import type { RestoreInput } from './requests.ts'

interface Leave {
  onBack: () => void
  onClose: () => void
}

/** What the requests would do; those that can are started. */
export function CheckStep({ requests, ...leave }: Leave & { requests: readonly RestoreInput[] }) {
  const client = useClient()
  const plan = (): Promise<Planned<RestoreInput>[]> =>
    Promise.all(requests.map(async (request) => ({ request, rows: await client.call('restore.plan', request) })))
  return <PlanStep plan={plan} onBack={leave.onBack}>{(planned) => <Confirmation planned={planned} {...leave} />}</PlanStep>
}

function Confirmation({ planned, ...leave }: Leave & { planned: readonly Planned<RestoreInput>[] }) {
  const { restore: words } = useTexts()
  const client = useClient()
  const [start] = useState(() => startEach(acceptedRequests(planned), (request) => client.call('restore.start', request)))
  return <PlanConfirmation sections={[{ rows: planned.flatMap(({ rows }) => rows) }]} words={words} start={start} {...leave} />
}
