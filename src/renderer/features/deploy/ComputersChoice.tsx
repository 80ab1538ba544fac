import { Alert, Button, Fieldset, Group, Stack, Text } from '@mantine/core'
import type { ComputerView } from '#shared/contract/views.ts'
import type { CacheFacts } from '#shared/domain/cache.ts'
import type { Hardware } from '#shared/domain/computer.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import { formatMegabytes } from '#shared/i18n/index.ts'
import { ComputerFilter } from '../../components/imaging/ComputerFilter.tsx'
import { Permitted } from '../../components/Permitted.tsx'
import { WARNED } from '../../components/tones.ts'
import { showDialogOver } from '../../state/dialogs.ts'
import { useTexts } from '../../state/texts.ts'

interface Props {
  computers: readonly ComputerView[]
  excluded: ReadonlySet<ComputerId>
  onExcluded: (excluded: ReadonlySet<ComputerId>) => void
  /** What is chosen goes by way of the CACHE. */
  usesCache: boolean
}

/** Whom it is for, each with what is free in its CACHE. */
export function ComputersChoice({ computers, excluded, onExcluded, usesCache }: Props) {
  const { deploy: words } = useTexts()
  const chosen = computers.filter(({ id }) => !excluded.has(id))
  const lacking = usesCache ? chosen.filter(({ hardware }) => hardware && !usableCache(hardware)) : []
  return (
    <Fieldset legend={words.computers}>
      <Stack>
        <ComputerFilter
          computers={computers}
          excluded={excluded}
          onExcluded={onExcluded}
          renderDetail={(computer) => <CacheFree computer={computer} needed={usesCache} />}
        />
        {lacking.length > 0 && (
          <Alert color="orange" role="status" py={8}>
            <Group justify="space-between">
              <Text size="sm" flex={1} miw={260}>{lacking.length === chosen.length ? words.nobodyHasCache : words.someLackCache(lacking.length)}</Text>
              <Permitted call="cache.prepare">
                <Button
                  size="compact-sm"
                  variant="default"
                  onClick={() => showDialogOver({ kind: 'prepare-cache', computers: lacking.map(({ id }) => id) })}
                >
                  {words.prepareCache}
                </Button>
              </Permitted>
            </Group>
          </Alert>
        )}
      </Stack>
    </Fieldset>
  )
}

function usableCache({ cache }: Hardware): CacheFacts | undefined {
  return cache?.problem === undefined ? cache : undefined
}

/** Nothing of a computer that has not told its hardware yet. */
function CacheFree({ computer: { hardware }, needed }: { computer: ComputerView; needed: boolean }) {
  const { deploy: words, language } = useTexts()
  if (!hardware) return null
  const cache = usableCache(hardware)
  if (!cache) return <Text size="sm" c={needed ? WARNED : 'dimmed'}>{words.noCache}</Text>
  return <Text size="sm" c="dimmed" style={{ whiteSpace: 'nowrap' }}>{words.cacheFree(formatMegabytes(cache.free, language))}</Text>
}
