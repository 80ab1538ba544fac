import { type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { ComputerView, ImageView, OperationView, PendingView, RestorePlanRow } from '#shared/contract/views.ts'
import { MacAddress } from '#shared/domain/ids.ts'
import { LIVE_FILES } from '../../../src/main/pxe/index.ts'
import { ADDRESS, createBootSegment, type BootSegment } from '../pxe/segment.ts'
import { cli, ConsoleProcess, startCli } from './console-process.ts'

const MAC = '52:54:00:77:00:01'
const ROOT = join(import.meta.dirname, '..', '..', '..')

let segment: BootSegment
let folder: string
let data: string
let partition: string
let started: ConsoleProcess
let agents: ChildProcess[]

beforeAll(async () => { segment = await createBootSegment() })
afterAll(() => segment.remove())
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'clonaula-ops-'))
  data = join(folder, 'data')
  partition = join(folder, 'partition')
  agents = []
  writeLiveSystem(join(folder, 'live-'))
  await startConsole()
})
afterEach(async () => {
  for (const agent of agents) agent.kill('SIGKILL')
  await started.kill()
  rmSync(folder, { recursive: true, force: true })
})

/** As far as the console looks into it. */
function writeLiveSystem(prefix: string): void {
  const names = Object.values(LIVE_FILES).map((path) => path.split('/')[1] ?? '')
  for (const name of names) writeFileSync(join(folder, name), prefix)
  const files = Object.fromEntries(names.map((name) => [name, { size: prefix.length, sha256: 'a'.repeat(64) }]))
  writeFileSync(join(folder, 'live.json'), JSON.stringify({ version: '1', kernel: '6.12', files, builtFrom: '' }))
}

async function startConsole(): Promise<void> {
  started = await ConsoleProcess.start({ segment, data, args: ['--live', folder] })
}

function startAgent(slow = 0): ChildProcess {
  const agent = segment.spawn('client', join(ROOT, 'node_modules', '.bin', 'node'), join(import.meta.dirname, 'fake-agent.ts'),
    `http://${ADDRESS.console}:7400`, MAC, partition, String(slow))
  agents.push(agent)
  return agent
}

async function adopted(): Promise<void> {
  await vi.waitFor(async () => {
    const { value } = await cli<PendingView[]>(data, 'pending')
    expect(value.map(({ mac, ip }) => `${mac} ${ip}`)).toEqual([`${MAC} ${ADDRESS.client}`])
  }, { timeout: 20_000, interval: 300 })
  const { code, value } = await cli<ComputerView>(data, 'computers', 'adopt', MAC, 'pc-01')
  expect([code, value.name, value.state]).toEqual([0, 'pc-01', 'waiting'])
}

async function ended(id: number): Promise<OperationView> {
  return vi.waitFor(async () => {
    const { value } = await cli<OperationView[]>(data, 'operations')
    const operation = value.find((each) => each.id === id)
    expect(['succeeded', 'failed', 'cancelled']).toContain(operation?.state)
    return operation as OperationView
  }, { timeout: 60_000, interval: 500 })
}

test('a computer boots, is adopted, captured, changed, and restored to what it was', async () => {
  const content = randomBytes(3_000_000)
  writeFileSync(partition, content)
  startAgent()
  await adopted()
  const { events, stoppedAt } = await started.call('computers.timeline', { mac: MacAddress.parse(MAC) })
  expect([events.map(({ phase }) => phase), stoppedAt]).toEqual([['menu', 'agent'], undefined])

  const captured = await cli<OperationView[]>(data, 'capture', 'pc-01', '1:1', 'Win11 base', '--mode', 'sector')
  expect(captured.value).toMatchObject([{ kind: 'capture', state: 'succeeded', outcome: { code: 0 } }])
  expect(captured.code).toBe(0)
  const { value: images } = await cli<ImageView[]>(data, 'images')
  expect(images).toMatchObject([{ name: 'Win11 base', kind: 'partition', revisions: [{ number: 1, source: 'pc-01' }] }])

  writeFileSync(partition, randomBytes(content.length))
  const plan = await cli<RestorePlanRow[]>(data, 'restore', 'Win11 base', '1:1', 'pc-01', '--dry-run')
  expect(plan).toMatchObject({ code: 0, value: [{ ok: true, use: { method: 'UNICAST-DIRECT' }, space: { available: content.length } }] })
  expect(plan.value[0]?.space?.needed).toBeGreaterThan(0)
  const restored = await cli<OperationView[]>(data, 'restore', 'Win11 base', '1:1', 'pc-01')
  expect(restored.value).toMatchObject([{ state: 'succeeded' }])
  expect(readFileSync(partition).equals(content)).toBe(true)

  const none = await cli(data, 'restore', 'Win11 base', '1:9', 'pc-01')
  expect(none.code).toBe(3)
})

test('a console that is killed in the middle finds its agent again, and the operation ends', async () => {
  writeFileSync(partition, randomBytes(1_000_000))
  startAgent(4000)
  await adopted()
  const waiting = startCli(data, 'capture', 'pc-01', '1:1', 'Win11 base', '--mode', 'sector')
  const [running] = await vi.waitFor(async () => {
    const { value } = await cli<OperationView[]>(data, 'operations')
    expect(value[0]?.state).toBe('running')
    return value
  }, { timeout: 20_000 })
  await started.kill()
  const [code] = (await once(waiting, 'exit')) as [number]
  expect(code).toBe(40)
  await startConsole()
  expect(await ended(running?.id ?? 0)).toMatchObject({ state: 'succeeded', outcome: { code: 0 } })
  expect((await cli<ImageView[]>(data, 'images')).value).toHaveLength(1)
})

test('an operation whose agent and console both went away ends, and says why', async () => {
  writeFileSync(partition, randomBytes(1_000_000))
  const agent = startAgent(60_000)
  await adopted()
  const { value } = await cli<OperationView[]>(data, 'capture', 'pc-01', '1:1', 'Win11 base', '--mode', 'sector', '--no-wait')
  await started.kill()
  agent.kill('SIGKILL')
  await startConsole()
  // The computer boots anew: whatever it ran is no more.
  startAgent()
  const operation = await ended(value[0]?.id ?? 0)
  expect(operation.state).toBe('failed')
  expect([104, 105]).toContain(operation.outcome?.code)
})

test('nothing of the repository is given without the token of an operation', async () => {
  async function ask(path: string, token: string): Promise<number> {
    const { stdout } = await segment.exec('client', process.execPath, '-e', `
      const headers = { authorization: 'Bearer ${token}' }
      require('node:http').get('http://${ADDRESS.console}:7400${path}', { headers }, ({ statusCode }) => {
        console.log(statusCode)
        process.exit()
      })`)
    return Number(stdout)
  }
  expect(await ask(`/repo/manifests/${'a'.repeat(64)}`, 'x')).toBe(401)
  expect(await ask('/repo/../inventory.db', 'x')).toBe(404)
  expect(await ask(`/${LIVE_FILES.kernel}`, '')).toBe(200)
})
