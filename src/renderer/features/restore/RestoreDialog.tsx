import { useMemo, useState } from 'react'
import type { ComputerView } from '#shared/contract/views.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import { GROUPING_CRITERIA, partitionGroups, type GroupingCriterion } from '#shared/domain/partition-groups.ts'
import { imageOptions, optionKey, type Decision } from '../../components/imaging/image-options.ts'
import { DEFAULT_WRITE_OPTIONS } from '../../components/imaging/write-options.ts'
import { WizardModal } from '../../components/imaging/WizardModal.tsx'
import { useConsole } from '../../state/console-store.ts'
import type { RestoreChoice } from '../../state/dialogs.ts'
import { inRoomOrder } from '../../state/selectors.ts'
import { useTexts } from '../../state/texts.ts'
import { CheckStep } from './CheckStep.tsx'
import { ChooseStep } from './ChooseStep.tsx'
import { restoreRequests, type RunOptions } from './requests.ts'

interface Props {
  computers: ComputerId[]
  /** What an earlier restore did: only its check and confirmation are left. */
  initial: RestoreChoice | undefined
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
  const [options, setOptions] = useState<RunOptions>(DEFAULTS)
  const [checking, setChecking] = useState(initial !== undefined)
  const [decisions, setDecisions] = useState<ReadonlyMap<string, Decision>>(() => {
    if (!initial) return new Map()
    const { target, image, revision } = initial
    return new Map(groups.map(({ key, disks }) => {
      const { sameType, otherType } = imageOptions(images, disks, target)
      const option = [...sameType, ...otherType].find((one) => one.key === optionKey(image) || one.image.id === image)
      return [key, { target, ...(option && { image: option }), ...(revision !== undefined && { revision }) }]
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
