import { Button, Group, Radio, Stack, Text } from '@mantine/core'
import type { ComputerView } from '#shared/contract/views.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import type { WriteOptions } from '#shared/domain/restore-options.ts'
import type { Decision } from '../../components/imaging/image-options.ts'
import { ImagePicker } from '../../components/imaging/ImagePicker.tsx'
import { WriteOptionsChoice } from '../../components/imaging/WriteOptionsChoice.tsx'
import { useConsole } from '../../state/console-store.ts'
import { useTexts } from '../../state/texts.ts'
import { transfersFor, usesCache, withCacheOnly } from './commands.ts'
import type { DeployInput } from './CheckStep.tsx'
import { CommandsField } from './CommandsField.tsx'
import { ComputersChoice } from './ComputersChoice.tsx'
import { DestinationChoice } from './DestinationChoice.tsx'
import { TransferChoice } from './TransferChoice.tsx'
import type { Deployment } from './use-deployment.ts'
import { useInstalled } from './use-installed.ts'

interface Props {
  computers: readonly ComputerView[]
  excluded: ReadonlySet<ComputerId>
  onExcluded: (excluded: ReadonlySet<ComputerId>) => void
  deployment: Deployment
  /** Absent: there is nothing yet that could be asked for. */
  request: DeployInput | undefined
  options: WriteOptions
  onOptions: (options: WriteOptions) => void
  onCheck: () => void
  onClose: () => void
}

/** Everything is chosen on one page, with the commands that it makes in sight. */
export function ChooseStep({ computers, excluded, onExcluded, deployment, request, options, onOptions, onCheck, onClose }: Props) {
  const { deploy: words, words: common } = useTexts()
  const { choice, setChoice, network, setNetwork, wrong, text, edited, fault, setText, regenerate, commands } = deployment
  const { cacheOnly, transfer } = choice
  const chosen = computers.filter(({ id }) => !excluded.has(id))
  const decide = (decision: Decision): void => setChoice({ cacheOnly, transfer, ...decision })
  // What is written holds, whatever is chosen: it may go to another destination.
  const installed = useInstalled(edited ? undefined : request)
  const writes = edited ? commands.some(({ kind }) => kind === 'deployImage') : !cacheOnly
  const transfers = edited ? commands.map((command) => command.transfer) : [transfer]
  return (
    <Stack>
      <ComputersChoice computers={computers} excluded={excluded} onExcluded={onExcluded} usesCache={transfers.some(usesCache)} />
      <Radio.Group label={words.what} value={cacheOnly ? 'cache' : 'both'} onChange={(value) => setChoice(withCacheOnly(choice, value === 'cache'))}>
        <Group mt={6} gap="xl" align="start" style={{ rowGap: 10 }}>
          <Radio value="both" label={words.both} />
          <Radio value="cache" label={words.cacheOnly} description={words.cacheOnlyHint} />
        </Group>
      </Radio.Group>
      {cacheOnly
        ? <ImagePicker disks={[]} toCache decision={choice} onDecision={decide} />
        : <DestinationChoice computers={chosen} decision={choice} onDecision={decide} installed={installed} />}
      <TransferChoice
        transfers={transfersFor(cacheOnly)}
        transfer={transfer}
        onTransfer={(changed) => setChoice({ ...choice, transfer: changed })}
        texts={network}
        wrong={wrong}
        onTexts={setNetwork}
      />
      {writes && <WriteOptionsChoice value={options} onChange={onOptions} />}
      <CommandsField text={text} edited={edited} fault={fault} onEdit={setText} onRegenerate={regenerate} />
      <Group justify="space-between">
        <Missing deployment={deployment} chosen={chosen.length} />
        <Group>
          <Button variant="default" onClick={onClose}>{common.cancel}</Button>
          <Button disabled={!request} onClick={onCheck}>{words.check}</Button>
        </Group>
      </Group>
    </Stack>
  )
}

/** What is left to be done before anything can be checked. */
function Missing({ deployment: { choice, wrong, commands, fault }, chosen }: { deployment: Deployment; chosen: number }) {
  const { deploy: words, restore } = useTexts()
  const noImages = useConsole((data) => data.images.length === 0)
  const missing = (): string => {
    if (chosen === 0) return words.nobody
    if (commands.length > 0) return ''
    if (fault) return words.wrongCommands
    if (noImages) return restore.noImages
    if (wrong.size > 0) return words.wrongOption
    return choice.cacheOnly ? words.chooseImage : words.chooseDestination
  }
  return <Text size="sm" c="dimmed">{missing()}</Text>
}
