/** A computer's name and MACs as typed, and through the schema that the console checks with. */
import type { z } from 'zod'
import { calls, type CallArgs } from '#shared/contract/console.ts'
import type { ComputerView } from '#shared/contract/views.ts'
import type { ClassroomId, GroupId } from '#shared/domain/ids.ts'

export interface NewComputerTexts {
  name: string
  /** With spaces, commas or line ends between them. */
  macs: string
}

export interface Problems {
  name?: { reason: 'form' } | { reason: 'taken'; name: string }
  macs?: { reason: 'form'; text: string } | { reason: 'none' | 'too-many' } | { reason: 'taken'; mac: string; owner: string }
}

interface Place { classroomId: ClassroomId; groupId?: GroupId }

/** What to ask of the console, or what is wrong with each field. `computers`: all that the console knows. */
export function checkNewComputer(
  texts: NewComputerTexts,
  place: Place,
  computers: readonly ComputerView[],
): { input: CallArgs<'computers.create'> } | { problems: Problems } {
  const written = texts.macs.split(/[\s,;]+/).filter((text) => text !== '')
  const parsed = calls['computers.create'].input.safeParse({ ...place, name: texts.name, macs: written })
  if (!parsed.success) return { problems: malformed(parsed.error.issues, written) }
  const input = { ...parsed.data, macs: [...new Set(parsed.data.macs)] }
  const problems = takenBy(input, computers)
  return problems.name || problems.macs ? { problems } : { input }
}

/** The first thing wrong with each field. */
function malformed(issues: readonly z.core.$ZodIssue[], written: readonly string[]): Problems {
  const nameIssue = issues.find(({ path: [field] }) => field === 'name')
  const macsIssue = issues.find(({ path: [field] }) => field === 'macs')
  const index = macsIssue?.path[1]
  return {
    ...(nameIssue && { name: { reason: 'form' } }),
    ...(macsIssue && {
      macs: typeof index === 'number' ? { reason: 'form', text: written[index] ?? '' } : { reason: written.length === 0 ? 'none' : 'too-many' },
    }),
  }
}

/** Names are one classroom's; cards are the world's. */
function takenBy({ classroomId, name, macs }: CallArgs<'computers.create'>, computers: readonly ComputerView[]): Problems {
  const namesake = computers.some((computer) => computer.classroomId === classroomId && computer.name === name)
  const owner = computers.find((computer) => computer.macs.some((mac) => macs.includes(mac)))
  const mac = macs.find((one) => owner?.macs.includes(one))
  return {
    ...(namesake && { name: { reason: 'taken', name } }),
    ...(owner && mac && { macs: { reason: 'taken', mac, owner: owner.name } }),
  }
}
