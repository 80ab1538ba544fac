import { Anchor, Group, Text, Textarea } from '@mantine/core'
import type { ClonaulaError } from '#shared/domain/errors.ts'
import { resultSentence } from '#shared/i18n/index.ts'
import { useTexts } from '../../state/texts.ts'

interface Props {
  text: string
  /** Not as they were generated. */
  edited: boolean
  fault: ClonaulaError | undefined
  onEdit: (text: string) => void
  onRegenerate: () => void
}

/** The commands that will run, to be changed by who knows them. */
export function CommandsField({ text, edited, fault, onEdit, onRegenerate }: Props) {
  const { deploy: words, language } = useTexts()
  return (
    <div>
      <Textarea
        label={words.commands}
        description={words.commandsHint}
        value={text}
        onChange={(event) => onEdit(event.currentTarget.value)}
        error={fault && resultSentence(language, fault.result, fault.params)}
        styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        spellCheck={false}
        // One line more than there are: a long one may need it.
        rows={Math.min(8, text.split('\n').length + 1)}
        resize="vertical"
      />
      {edited && (
        <Group role="status" gap="xs" mt={6}>
          <Text size="sm">{words.edited}</Text>
          <Anchor component="button" type="button" size="sm" onClick={onRegenerate}>{words.regenerate}</Anchor>
        </Group>
      )}
    </div>
  )
}
