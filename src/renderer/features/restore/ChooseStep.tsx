import { Button, Checkbox, Fieldset, Group, Stack, Text } from '@mantine/core'
import type { ComputerView } from '#shared/contract/views.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import { RestoreMethod } from '#shared/domain/method.ts'
import { GROUPING_CRITERIA, type GroupingCriterion, type PartitionGroup } from '#shared/domain/partition-groups.ts'
import type { Decision } from '../../components/imaging/image-options.ts'
import { WriteOptionsChoice } from '../../components/imaging/WriteOptionsChoice.tsx'
import { MethodRadios } from '../../components/MethodRadios.tsx'
import { useConsole } from '../../state/console-store.ts'
import { useTexts } from '../../state/texts.ts'
import { GroupSection } from './GroupSection.tsx'
import type { RunOptions } from './requests.ts'

interface Props {
  groups: readonly PartitionGroup<ComputerView>[]
  criteria: readonly GroupingCriterion[]
  onCriteria: (criteria: readonly GroupingCriterion[]) => void
  excluded: ReadonlySet<ComputerId>
  onExcluded: (excluded: ReadonlySet<ComputerId>) => void
  decisions: ReadonlyMap<string, Decision>
  onDecision: (key: string, decision: Decision) => void
  options: RunOptions
  onOptions: (options: RunOptions) => void
  /** Something can be checked. */
  ready: boolean
  onCheck: () => void
  onClose: () => void
}

export function ChooseStep(props: Props) {
  const { groups, criteria, onCriteria, excluded, onExcluded, decisions, onDecision, options, onOptions, ready, onCheck, onClose } = props
  const { restore: words, words: common } = useTexts()
  const noImages = useConsole((data) => data.images.length === 0)
  return (
    <Stack>
      {(groups.length > 1 || criteria.length < GROUPING_CRITERIA.length) && <Criteria criteria={criteria} onCriteria={onCriteria} />}
      {groups.map((group, index) => (
        <GroupSection
          key={group.key}
          index={index}
          group={group}
          excluded={excluded}
          onExcluded={onExcluded}
          decision={decisions.get(group.key) ?? {}}
          onDecision={(decision) => onDecision(group.key, decision)}
        />
      ))}
      <Fieldset legend={words.method}>
        <MethodRadios label={words.method} methods={RestoreMethod.options} value={options.method} onChange={(method) => onOptions({ ...options, method })} />
      </Fieldset>
      <WriteOptionsChoice value={options} onChange={onOptions} />
      <Group justify="space-between">
        <Text size="sm" c="dimmed">{ready ? '' : noImages ? words.noImages : words.chooseAll}</Text>
        <Group>
          <Button variant="default" onClick={onClose}>{common.cancel}</Button>
          <Button disabled={!ready} onClick={onCheck}>{words.check}</Button>
        </Group>
      </Group>
    </Stack>
  )
}

/** Fewer criteria, larger groups: a technician knows when a difference does not matter. */
function Criteria({ criteria, onCriteria }: Pick<Props, 'criteria' | 'onCriteria'>) {
  const { restore: words } = useTexts()
  return (
    <Checkbox.Group label={words.groupBy} value={[...criteria]} onChange={(values) => onCriteria(GROUPING_CRITERIA.filter((one) => values.includes(one)))}>
      <Group mt={4}>{GROUPING_CRITERIA.map((criterion) => <Checkbox key={criterion} value={criterion} label={words.criteria[criterion]} />)}</Group>
    </Checkbox.Group>
  )
}
