/** A computer's name and MACs as typed, and through the schemas that the console checks with. */
import { calls } from '#shared/contract/console.ts'
import type { ComputerView } from '#shared/contract/views.ts'
import type { ClassroomId, ComputerId, HostName, MacAddress } from '#shared/domain/ids.ts'

export interface ComputerTexts {
  name: string
  /** With spaces, commas or line ends between them. */
  macs: string
}

export type NameProblem = { reason: 'form' } | { reason: 'taken'; name: string }
export type MacsProblem = { reason: 'none' | 'too-many' } | { reason: 'form'; text: string } | { reason: 'taken'; mac: string; owner: string }
export interface Problems { name?: NameProblem; macs?: MacsProblem }

export type CheckedComputer = { facts: { name: HostName; macs: MacAddress[] } } | { problems: Problems }

interface Surroundings {
  classroom: ClassroomId
  /** All that the console knows. */
  computers: Iterable<ComputerView>
  /** The one that is being changed: what it has is not taken. */
  self?: ComputerId
}

const { name: Name, macs: Macs } = calls['computers.create'].input.shape

/** What to tell the console, or what is wrong with each field. */
export function checkComputer(texts: ComputerTexts, { classroom, computers, self }: Surroundings): CheckedComputer {
  const others = [...computers].filter(({ id }) => id !== self)
  const name = checkName(texts.name, others.filter(({ classroomId }) => classroomId === classroom))
  const macs = checkMacs(texts.macs, others)
  if ('value' in name && 'value' in macs) return { facts: { name: name.value, macs: macs.value } }
  return { problems: { ...('problem' in name && { name: name.problem }), ...('problem' in macs && { macs: macs.problem }) } }
}

function checkName(text: string, neighbours: readonly ComputerView[]): { value: HostName } | { problem: NameProblem } {
  const { data: name } = Name.safeParse(text)
  if (name === undefined) return { problem: { reason: 'form' } }
  return neighbours.some((computer) => computer.name === name) ? { problem: { reason: 'taken', name } } : { value: name }
}

function checkMacs(text: string, computers: readonly ComputerView[]): { value: MacAddress[] } | { problem: MacsProblem } {
  const written = text.split(/[\s,;]+/).filter((one) => one !== '')
  const wrong = written.find((one) => !Macs.element.safeParse(one).success)
  if (wrong !== undefined) return { problem: { reason: 'form', text: wrong } }
  const { data: macs } = Macs.safeParse(written)
  if (!macs) return { problem: { reason: written.length === 0 ? 'none' : 'too-many' } }
  for (const { name, macs: theirs } of computers) {
    const mac = macs.find((one) => theirs.includes(one))
    if (mac) return { problem: { reason: 'taken', mac, owner: name } }
  }
  return { value: [...new Set(macs)] }
}
