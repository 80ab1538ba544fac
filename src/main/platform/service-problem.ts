/** Why a service of the console could not start, as a person wants to know it. */
import { ClonaulaError } from '#shared/domain/errors.ts'
import { portError } from '../pxe/index.ts'
import { portHolders, programsOf, type PortHolder } from './port-holders.ts'

/** Asks the system for what its error leaves out: who has the port. */
export async function explainProblem(
  error: unknown, holders: (protocol: 'UDP' | 'TCP', port: number) => Promise<PortHolder[] | undefined> = portHolders,
): Promise<ClonaulaError> {
  const { address = '', port = 0 } = error as Partial<NodeJS.ErrnoException & { address: string; port: number }>
  const problem = portError(error, { protocol: 'TCP', address, port })
  if (problem.result !== 'portTaken' || problem.params['program'] !== undefined) return problem
  const { command: _, ...params } = problem.params
  const program = programsOf(await holders(params['protocol'] === 'UDP' ? 'UDP' : 'TCP', Number(params['port'])) ?? [])
  // Who is told the program's name need not look for it.
  return program === undefined ? problem : new ClonaulaError('portTaken', problem.message, { ...params, program }, { cause: error })
}
