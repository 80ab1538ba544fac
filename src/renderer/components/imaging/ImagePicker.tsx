import { Group, Select, Text, type ComboboxItem, type ComboboxItemGroup } from '@mantine/core'
import { useMemo } from 'react'
import type { Disk } from '#shared/domain/disk.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { formatMoment } from '../../i18n/index.ts'
import { useConsole } from '../../state/console-store.ts'
import { useTexts } from '../../state/texts.ts'
import { useDiskWords } from '../disk-words.ts'
import { cacheOptions, imageOptions, newestRevision, type Decision, type ImageOption } from './image-options.ts'

interface Props {
  disks: readonly Disk[]
  /** It only goes into CACHEs: there is no destination that it has to fit. */
  toCache?: boolean
  decision: Decision
  onDecision: (decision: Decision) => void
}

/** Images that keep the destination's type, then those that change it; and the revision, the newest by default. */
export function ImagePicker({ disks, toCache = false, decision, onDecision }: Props) {
  const { restore: words } = useTexts()
  const images = useConsole((data) => data.images)
  const label = useOptionLabel()
  const { target, image } = decision
  const options = useMemo(
    () => (toCache ? cacheOptions(images) : target && imageOptions(images, disks, target)),
    [images, disks, target, toCache],
  )
  if (!options) return <Text size="sm" c="dimmed">{words.chooseDestinationFirst}</Text>
  const all = [...options.sameType, ...options.otherType]
  if (all.length === 0) return <Text size="sm" c="dimmed">{images.length === 0 ? words.noImages : words.noImageFits}</Text>
  const item = (option: ImageOption): ComboboxItem => ({ value: option.key, label: label(option) })
  const list = (group: string, items: readonly ImageOption[]): ComboboxItemGroup<ComboboxItem>[] =>
    items.length > 0 ? [{ group, items: items.map(item) }] : []
  return (
    <Group align="end" grow preventGrowOverflow={false}>
      <Select
        label={words.image}
        searchable={all.length > 10}
        data={toCache ? options.sameType.map(item) : [...list(words.sameType, options.sameType), ...list(words.otherType, options.otherType)]}
        value={image?.key ?? null}
        onChange={(key) => {
          const option = all.find((one) => one.key === key)
          onDecision({ ...(target && { target }), ...(option && { image: option }) })
        }}
      />
      {image && <RevisionPicker option={image} decision={decision} onDecision={onDecision} />}
    </Group>
  )
}

function useOptionLabel(): (option: ImageOption) => string {
  const { restore: words, language } = useTexts()
  const { filesystemName } = useDiskWords()
  return ({ image, volume, minimumSize }) => {
    const part = volume ? ` · ${words.volume(volume.partition, filesystemName(volume.filesystem))}` : ''
    const needs = minimumSize > 0 ? ` · ${words.needs(formatBytes(minimumSize, language))}` : ''
    return `${image.name}${part}${needs}`
  }
}

function RevisionPicker({ option: { image }, decision, onDecision }: { option: ImageOption } & Pick<Props, 'decision' | 'onDecision'>) {
  const { restore: words, language } = useTexts()
  const newest = newestRevision(image)?.number
  return (
    <Select
      label={words.revision}
      maw={280}
      data={image.revisions
        .toSorted((a, b) => b.number - a.number)
        .map(({ number, createdAt }) => ({
          value: String(number),
          label: `${number} · ${formatMoment(createdAt, language)}${number === newest ? ` (${words.newest})` : ''}`,
        }))}
      value={String(decision.revision ?? newest)}
      onChange={(number) => onDecision({ ...decision, revision: Number(number) })}
      allowDeselect={false}
    />
  )
}
