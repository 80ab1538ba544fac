import { describe, expect, test } from 'vitest'
import type { AgentMessage, ConsoleMessage, Outcome } from '#shared/contract/agent.ts'
import type { Hardware } from '#shared/domain/computer.ts'
import { MacAddress, OperationId } from '#shared/domain/ids.ts'
import { Figures } from '#shared/domain/operation.ts'
import { AgentProtocol, type Credentials, type Input, type Output } from './protocol.ts'

const token = 'T'.repeat(43)
const session = 'S'.repeat(43)
const one = OperationId.parse(1)
const hardware: Hardware = {
  firmware: 'bios', secureBoot: false, manufacturer: '', product: '', serial: '', uuid: '', processor: '', cores: 1, memory: 0,
  interfaces: [], disks: [],
}
const outcome: Outcome = { code: 0, message: 'ok', params: {}, seconds: 1, figures: Figures.parse({}) }

/** A protocol, what it sent, and which operations "run". */
function setUp(credentials: Credentials = { token }) {
  const running: OperationId[] = []
  const identity = {
    mac: MacAddress.parse('52:54:00:77:00:01'), version: '1', hardware: () => hardware, running: () => running, uptime: () => 5,
  }
  const protocol = new AgentProtocol(identity, credentials, () => 0.5)
  const give = (...inputs: Input[]): Output[] => inputs.flatMap((input) => protocol.handle(input))
  const hear = (message: ConsoleMessage): Output[] => give({ type: 'received', text: JSON.stringify(message) })
  const welcome = (): Output[] => {
    give({ type: 'connected' })
    return hear({ type: 'welcome', session, language: 'es' })
  }
  return { give, hear, welcome, running }
}

const sent = (outputs: Output[]): AgentMessage[] => outputs.flatMap((output) => (output.type === 'send' ? [output.message] : []))
const types = (outputs: Output[]): string[] => outputs.filter(({ type }) => type !== 'timer').map(({ type }) => type)
const delay = (outputs: Output[], timer: string): number | undefined =>
  outputs.flatMap((output) => (output.type === 'timer' && output.timer === timer ? [output.milliseconds] : [])).at(-1)
const line = (text: string): Input => ({ type: 'log', operation: one, line: { at: 1, level: 'info', text } })

describe('coming in', () => {
  test('says hello with the token, and nothing before', () => {
    const { give } = setUp()
    expect(types(give({ type: 'start' }))).toEqual(['connect'])
    const [hello] = sent(give({ type: 'connected' }))
    expect(hello).toMatchObject({ type: 'hello', token, protocol: 1, running: [] })
    expect(hello).not.toHaveProperty('session')
  })

  test('prefers the session that it kept', () => {
    const [hello] = sent(setUp({ token, session }).give({ type: 'start' }, { type: 'connected' }))
    expect(hello).toMatchObject({ session })
    expect(hello).not.toHaveProperty('token')
  })

  test('falls back to the token when the session is refused, and never uses it twice', () => {
    const { give, hear } = setUp({ token, session })
    give({ type: 'start' }, { type: 'connected' }, { type: 'lost', code: 4401, reason: 'refused' })
    expect(sent(give({ type: 'timer', timer: 'retry' }, { type: 'connected' }))).toMatchObject([{ token }])
    hear({ type: 'welcome', session: 'N'.repeat(43), language: 'en' })
    give({ type: 'lost', code: 4401, reason: 'refused' })
    expect(sent(give({ type: 'timer', timer: 'retry' }, { type: 'connected' }))).toMatchObject([{ session: 'N'.repeat(43) }])
  })

  test('keeps the session of the welcome', () => {
    const { give, welcome } = setUp()
    give({ type: 'start' })
    expect(welcome()).toContainEqual({ type: 'session', session })
  })
})

describe('losing the console', () => {
  test('tries again later and later, and at once after a welcome', () => {
    const { give, welcome } = setUp()
    give({ type: 'start' })
    const delays = Array.from({ length: 8 }, () => {
      const lost = give({ type: 'lost', reason: 'no answer' })
      give({ type: 'timer', timer: 'retry' })
      return delay(lost, 'retry')
    })
    expect(delays).toEqual([375, 750, 1500, 3000, 6000, 11_250, 11_250, 11_250])
    welcome()
    expect(delay(give({ type: 'lost', reason: 'cable' }), 'retry')).toBe(375)
  })

  test('gives a silent console up, and hears a ping as life', () => {
    const { give, welcome } = setUp()
    give({ type: 'start' })
    welcome()
    expect(delay(give({ type: 'heard' }), 'silence')).toBe(35_000)
    expect(types(give({ type: 'timer', timer: 'silence' }))).toEqual(['disconnect', 'offline'])
    expect(types(give({ type: 'lost', reason: 'late' }))).toEqual([])
    expect(types(give({ type: 'timer', timer: 'retry' }))).toEqual(['connect'])
  })
})

describe('orders', () => {
  test('are carried out once, however often they come', () => {
    const { give, hear, welcome, running } = setUp()
    give({ type: 'start' })
    welcome()
    const order = { type: 'run', operation: one, command: { kind: 'restart' } } as const
    expect(types(hear(order))).toEqual(['run'])
    running.push(one)
    expect(types(hear(order))).toEqual([])
    running.length = 0
    give({ type: 'done', operation: one, outcome })
    expect(sent(hear(order))).toEqual([{ type: 'done', operation: one, outcome }])
    expect(types(hear({ type: 'ack', operation: one }))).toEqual(['acknowledged'])
    expect(sent(hear(order))).toEqual([{ type: 'done', operation: one, outcome }])
  })

  test.each(['', 'null', '{"type":"run"}', '{"type":"run","operation":1,"command":{"kind":"format"}}', '[]'])(
    'that are malformed do nothing: %s', (text) => {
      const { give, welcome } = setUp()
      give({ type: 'start' })
      welcome()
      expect(types(give({ type: 'received', text }))).toEqual(['trouble'])
    })
})

describe('reports', () => {
  test('an outcome is sent after each welcome until it is acknowledged, after the lines that explain it', () => {
    const { give, hear, welcome } = setUp()
    give({ type: 'start' }, line('why'))
    expect(sent(give({ type: 'done', operation: one, outcome }))).toEqual([])
    expect(sent(welcome()).map(({ type }) => type)).toEqual(['log', 'done'])
    give({ type: 'lost', reason: 'cable' }, { type: 'timer', timer: 'retry' })
    expect(sent(welcome()).map(({ type }) => type)).toEqual(['done'])
    hear({ type: 'ack', operation: one })
    give({ type: 'lost', reason: 'cable' }, { type: 'timer', timer: 'retry' })
    expect(sent(welcome())).toEqual([])
  })

  test('progress goes out once a second, the last sample of it', () => {
    const { give, welcome } = setUp()
    give({ type: 'start' })
    welcome()
    const sample = (done: number): Input => ({ type: 'progress', operation: one, progress: { phase: 'restore', done, total: 9, rate: 0 } })
    expect(sent(give(sample(1), sample(2), sample(3)))).toMatchObject([{ progress: { done: 1 } }])
    expect(sent(give({ type: 'timer', timer: 'progress' }))).toMatchObject([{ progress: { done: 3 } }])
    expect(sent(give({ type: 'timer', timer: 'progress' }))).toEqual([])
    expect(sent(give(sample(4)))).toMatchObject([{ progress: { done: 4 } }])
  })

  test('no sample of an operation goes out after its outcome', () => {
    const { give, welcome } = setUp()
    give({ type: 'start' })
    welcome()
    const sample = (done: number): Input => ({ type: 'progress', operation: one, progress: { phase: 'restore', done, total: 9, rate: 0 } })
    give(sample(1), sample(2))
    expect(sent(give({ type: 'done', operation: one, outcome })).map(({ type }) => type)).toEqual(['done'])
    expect(sent(give({ type: 'timer', timer: 'progress' }))).toEqual([])
  })

  test('lines are kept while there is no connection: the last of them, in messages that the contract allows', () => {
    const { give, welcome } = setUp()
    give({ type: 'start' })
    for (let index = 0; index < 2500; index++) give(line(`line ${index} ${'x'.repeat(3000)}`))
    const messages = sent(welcome()).flatMap((message) => (message.type === 'log' ? [message] : []))
    const lines = messages.flatMap((message) => message.lines)
    expect(lines).toHaveLength(2001)
    expect(lines[0]?.text).toContain('500 lines lost')
    expect(lines.at(-1)?.text).toMatch(/^line 2499 /)
    expect(Math.max(...lines.map(({ text }) => text.length))).toBe(2000)
    expect(Math.max(...messages.map((message) => message.lines.length))).toBe(200)
  })

  test('lines are sent together, a moment after the first', () => {
    const { give, welcome } = setUp()
    give({ type: 'start' })
    welcome()
    expect(delay(give(line('a')), 'log')).toBe(200)
    expect(give(line('b'))).toEqual([])
    expect(sent(give({ type: 'timer', timer: 'log' }))).toMatchObject([{ type: 'log', lines: [{ text: 'a' }, { text: 'b' }] }])
  })
})
