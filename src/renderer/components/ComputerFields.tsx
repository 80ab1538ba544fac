import { Textarea, TextInput } from '@mantine/core'
import { assertNever } from '#shared/domain/errors.ts'
import type { Texts } from '../i18n/index.ts'
import { useTexts } from '../state/texts.ts'
import type { ComputerTexts, MacsProblem, NameProblem, Problems } from './computer-form.ts'

interface Props {
  texts: ComputerTexts
  onChange: (texts: ComputerTexts) => void
  /** Of both fields; a field that is empty is not yet wrong. */
  problems: Problems | undefined
}

/** What a computer is called, and by which network cards it is known. */
export function ComputerFields({ texts, onChange, problems }: Props) {
  const words = useTexts()
  const { rooms: { newComputer } } = words
  return (
    <>
      <TextInput
        label={words.words.name}
        value={texts.name}
        onChange={(event) => onChange({ ...texts, name: event.currentTarget.value })}
        error={texts.name !== '' && nameProblem(problems?.name, words)}
        data-autofocus
      />
      <Textarea
        label={newComputer.macs}
        description={newComputer.macsHint}
        value={texts.macs}
        onChange={(event) => onChange({ ...texts, macs: event.currentTarget.value })}
        error={texts.macs !== '' && macsProblem(problems?.macs, words)}
        styles={{ input: { fontFamily: 'monospace' } }}
        spellCheck={false}
        rows={3}
      />
    </>
  )
}

function nameProblem(problem: NameProblem | undefined, { words, rooms: { newComputer } }: Texts): string | undefined {
  if (!problem) return undefined
  return problem.reason === 'taken' ? newComputer.nameTaken(problem.name) : words.hostNameRule
}

function macsProblem(problem: MacsProblem | undefined, { rooms: { newComputer } }: Texts): string | undefined {
  switch (problem?.reason) {
    case undefined:
    case 'none':
      return undefined
    case 'form':
      return newComputer.macWrong(problem.text)
    case 'too-many':
      return newComputer.macsTooMany
    case 'taken':
      return newComputer.macTaken(problem.mac, problem.owner)
    default:
      return assertNever(problem)
  }
}
