import { useState } from 'react'
import type { DeployRetry } from '#shared/contract/views.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import type { WriteOptions } from '#shared/domain/restore-options.ts'
import { DEFAULT_WRITE_OPTIONS } from '../../components/imaging/write-options.ts'
import { WizardModal } from '../../components/imaging/WizardModal.tsx'
import { useTexts } from '../../state/texts.ts'
import { useComputers } from '../../state/use-computers.ts'
import { inRoomOrder } from '../../state/selectors.ts'
import { CheckStep } from './CheckStep.tsx'
import { ChooseStep } from './ChooseStep.tsx'
import { useDeployment } from './use-deployment.ts'

interface Props {
  computers: ComputerId[]
  /** What of an earlier deployment is repeated, to be looked at again. */
  initial: DeployRetry | undefined
  /** Another dialog is in its place for a while: it is out of sight, and forgets nothing. */
  hidden?: boolean
  onClose: () => void
}

/** Desplegar: what, how and for whom, as commands that can be edited; then the check of them, and the confirmation. */
export function DeployDialog({ computers: ids, initial, hidden = false, onClose }: Props) {
  const { deploy: words } = useTexts()
  const computers = useComputers(ids).sort(inRoomOrder)
  const [excluded, setExcluded] = useState<ReadonlySet<ComputerId>>(new Set())
  const [options, setOptions] = useState<WriteOptions>(initial?.options ?? DEFAULT_WRITE_OPTIONS)
  const [checking, setChecking] = useState(false)
  const deployment = useDeployment(computers[0]?.classroomId, initial?.commands)
  const chosen = computers.map(({ id }) => id).filter((id) => !excluded.has(id))
  const request = deployment.commands.length > 0 && chosen.length > 0 ? { computers: chosen, commands: deployment.text, ...options } : undefined
  const back = (): void => setChecking(false)
  return (
    <WizardModal title={words.title(computers.length)} steps={words.steps} checking={checking} hidden={hidden} onBack={back} onClose={onClose}>
      {checking && request ? <CheckStep request={request} onBack={back} onClose={onClose} /> : (
        <ChooseStep
          computers={computers}
          excluded={excluded}
          onExcluded={setExcluded}
          deployment={deployment}
          request={request}
          options={options}
          onOptions={setOptions}
          onCheck={() => setChecking(true)}
          onClose={onClose}
        />
      )}
    </WizardModal>
  )
}
