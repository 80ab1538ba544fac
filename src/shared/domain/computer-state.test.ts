import { expect, test } from 'vitest'
import { computerState, type ComputerSigns } from './computer-state.ts'

const off: ComputerSigns = { maintenance: false, agent: false, running: false, booting: false }

test.each<[string, Partial<ComputerSigns>, ReturnType<typeof computerState>]>([
  ['nothing heard', {}, 'off'],
  ['on its way up', { booting: true }, 'starting'],
  ['agent up', { agent: true }, 'waiting'],
  ['agent up before the last boot event is forgotten', { agent: true, booting: true }, 'waiting'],
  ['agent at work', { agent: true, running: true }, 'busy'],
  ['its operation waits for an agent that is gone', { running: true }, 'off'],
  ['the same, starting again', { running: true, booting: true }, 'starting'],
  ['set aside', { maintenance: true }, 'maintenance'],
  ['set aside while it works', { maintenance: true, agent: true, running: true, booting: true }, 'maintenance'],
])('%s → %s', (_, signs, state) => expect(computerState({ ...off, ...signs })).toBe(state))
