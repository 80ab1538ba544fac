import { useMemo, useState } from 'react'
import type { ComputerView, RestoreRetry } from '#shared/contract/views.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import { GROUPING_CRITERIA, partitionGroups, type GroupingCriterion } from '#shared/domain/partition-groups.ts'
import { imageOptions, optionNamed, type Decision } from '../../components/imaging/image-options.ts'
import { DEFAULT_WRITE_OPTIONS } from '../../components/imaging/write-options.ts'
import { WizardModal } from '../../components/imaging/WizardModal.tsx'
import { useConsole } from '../../state/console-store.ts'
import { inRoomOrder } from '../../state/selectors.ts'
import { useTexts } from '../../state/texts.ts'
import { CheckStep } from './CheckStep.tsx'
import { ChooseStep } from './ChooseStep.tsx'
import { restoreRequests, type RunOptions } from './requests.ts'

interface Props {
  computers: ComputerId[]
  /** An earlier restore, to be repeated: only its check and confirmation are left. */
  initial: RestoreRetry | undefined
  onClose: () => void
}

const DEFAULTS: RunOptions = { method: 'UNICAST-DIRECT', ...DEFAULT_WRITE_OPTIONS }

/** Restaurar: a destination and an image for each group of equal computers; then the check, and the confirmation. */
export function RestoreDialog({ computers: ids, initial, onClose }: Props) {
  const { restore: words } = useTexts()
  const rows = useConsole((data) => data.computers)
  const images = useConsole((data) => data.images)
  const computers = useMemo(() => ids.flatMap((id) => rows.get(id) ?? []).sort(inRoomOrder), [ids, rows])
  const [criteria, setCriteria] = useState<readonly GroupingCriterion[]>(GROUPING_CRITERIA)
  const groups = useMemo(() => partitionGroups<ComputerView>(computers, criteria), [computers, criteria])
  const [excluded, setExcluded] = useState<ReadonlySet<ComputerId>>(new Set())
  const [options, setOptions] = useState<RunOptions>(initial ? { method: initial.method, ...initial.options } : DEFAULTS)
  const [checking, setChecking] = useState(initial !== undefined)
  const [decisions, setDecisions] = useState<ReadonlyMap<string, Decision>>(() => {
    if (!initial) return new Map()
    const { target, image: name, volume, revision } = initial
    return new Map(groups.map(({ key, disks }) => {
      const image = optionNamed(imageOptions(images, disks, target), name, volume)
      return [key, { target, ...(image && { image }), revision }]
    }))
  })
  const requests = useMemo(() => restoreRequests(groups, decisions, excluded, options), [groups, decisions, excluded, options])

  const back = (): void => setChecking(false)
  return (
    <WizardModal title={words.title(computers.length)} steps={words.steps} checking={checking} onBack={back} onClose={onClose}>
      {checking ? (
        <CheckStep requests={requests} onBack={back} onClose={onClose} />
      ) : (
        <ChooseStep
          groups={groups}
          criteria={criteria}
          onCriteria={setCriteria}
          excluded={excluded}
          onExcluded={setExcluded}
          decisions={decisions}
          onDecision={(key, decision) => setDecisions(new Map(decisions).set(key, decision))}
          options={options}
          onOptions={setOptions}
          ready={requests.length > 0}
          onCheck={() => setChecking(true)}
          onClose={onClose}
        />
      )}
    </WizardModal>
  )
}
