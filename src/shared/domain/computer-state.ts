import type { ComputerState } from './computer.ts'

/** What decides what a computer is said to be doing. */
export interface ComputerSigns {
  maintenance: boolean
  /** Its live agent is connected, or lost its connection a moment ago. */
  agent: boolean
  /** An operation runs on it. */
  running: boolean
  /** The boot services saw it take a step a short while ago, and its agent has not been heard since. */
  booting: boolean
}

/** A computer that is set aside shows that and nothing else: nobody is to wait for it. */
export function computerState({ maintenance, agent, running, booting }: ComputerSigns): ComputerState {
  if (maintenance) return 'maintenance'
  if (agent) return running ? 'busy' : 'waiting'
  return booting ? 'starting' : 'off'
}
