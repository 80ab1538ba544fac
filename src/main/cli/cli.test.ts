import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Handlers, Subscribe } from '#shared/contract/rpc.ts'
import type { ClassroomView, ComputerView, ImageView, OperationView } from '#shared/contract/views.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { openControlSocket, type ControlSocket } from '../rpc/local/control-socket.ts'
import { controlPath } from '../rpc/local/control-path.ts'
import type { Terminal } from './context.ts'
import { table } from './table.ts'
import { parseTarget, showTarget } from './targets.ts'
import { runCommand, type Ran } from './testing/run-command.ts'
import { UsageError } from './usage.ts'

const classrooms = [{ id: 1, siteId: 1, name: 'Aula 1' }, { id: 2, siteId: 1, name: 'Aula 2' }] as unknown as ClassroomView[]
const computer = (id: number, classroomId: number, name: string): ComputerView => ({
  id, classroomId, name, macs: [`52:54:00:77:00:0${id}`], ip: '10.0.0.9', state: 'waiting', bootMode: 'live',
}) as unknown as ComputerView
const computers = [computer(1, 1, 'pc-01'), computer(2, 1, 'pc-02'), computer(3, 2, 'pc-01')]
const images = [{ id: 7, name: 'Win11 base', kind: 'partition', description: '', revisions: [] }] as unknown as ImageView[]
const operation = (id: number, state: OperationView['state'], code?: number): OperationView => ({
  id, kind: 'restore', state, computerId: 1, computerName: 'pc-01', target: { disk: 1, partition: 3 }, imageName: 'Win11 base',
  requestedBy: 'console', createdAt: 0,
  ...(code !== undefined && { outcome: { code, message: '', params: { target: 'disco 1' }, seconds: 75, figures: {} } }),
}) as unknown as OperationView

let folder: string
let control: ControlSocket | undefined
let asked: { call: string; args: unknown }[]
let push: Parameters<Subscribe>[0] = () => {}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clonaula-cli-'))
  asked = []
})
afterEach(async () => {
  await control?.close()
  control = undefined
  rmSync(folder, { recursive: true, force: true })
})

async function serveConsole(answers: Record<string, unknown> = {}): Promise<void> {
  const all: Record<string, unknown> = { 'classrooms.list': classrooms, 'computers.list': computers, 'images.list': images, ...answers }
  const handlers = new Proxy({}, {
    get: (_, call: string) => (args: unknown) => {
      asked.push({ call, args })
      const answer = all[call]
      if (answer instanceof Error) throw answer
      return typeof answer === 'function' ? (answer as (args: unknown) => unknown)(args) : answer
    },
  }) as Handlers
  control = await openControlSocket(controlPath(folder))
  control.serve(handlers, (listener) => {
    push = listener
    return () => {}
  })
}

const run = (line: string, terminal?: Partial<Terminal>, env?: Record<string, string>): Promise<Ran> => runCommand(folder, line, terminal, env)

describe('the command line', () => {
  test('speaks the asked language, or the system’s', async () => {
    expect((await run('--help')).out).toContain('ORDENADOR')
    expect((await run('--help', {}, { LANG: 'en_GB.UTF-8' })).out).toContain('COMPUTER')
    expect((await run('--help --lang=en')).out).toContain('COMPUTER')
    expect((await run('--help', {}, { CLONAULA_LANG: 'en', LANG: 'es_ES' })).out).toContain('COMPUTER')
    expect((await run('status --lang fr')).code).toBe(112)
  })

  test.each([
    ['', 112], ['paint', 112], ['computers paint', 112], ['computers show', 112], ['computers show pc-02 pc-03', 112], ['capture pc-02', 112],
    ['capture pc-02 one x', 112], ['restore "Win11 base" 1:3', 112], ['log x', 112], ['status --loud', 112], ['--data', 112], ['cancel', 112],
    ['computers boot-mode sideways pc-02', 112], ['computers enrol "Aula 1"', 112], ['users add', 112], ['constructor', 112],
  ])('%j is not understood: %i', async (line, code) => {
    await serveConsole()
    const ran = await run(line)
    expect(ran.code).toBe(code)
    expect(ran.err).toMatch(/^clonaula: Algo de la petición no es válido: .+\.\n$/)
    expect(asked.filter(({ call }) => !call.endsWith('.list'))).toEqual([])
  })

  test('says that no console is running, also to programs', async () => {
    const people = await run('status')
    expect(people).toMatchObject({ code: 2, out: '' })
    expect(people.err).toContain('No hay ninguna consola en marcha')
    const { error } = JSON.parse((await run('status --json')).err) as { error: { code: number; sentence: string } }
    expect(error).toMatchObject({ code: 2, sentence: expect.stringContaining(folder) as string })
  })

  test('shows what other computers say, and lets none of it reach the terminal as a command', async () => {
    const hostile = '\u001b]0;owned\u0007\u009b2J'
    await serveConsole({
      'pending.list': [{ mac: '52:54:00:77:00:09', ip: '10.0.0.9', seenAt: 0, suggestedName: 'pc-09', hardware: {
        firmware: 'bios', manufacturer: hostile, product: hostile, serial: hostile, processor: hostile, memory: 1, cores: 1, interfaces: [], disks: [],
      } }],
      'operations.get': operation(5, 'succeeded', 0),
      'operations.log': [{ id: 1, operationId: 5, at: 0, level: 'info', text: hostile }],
      'console.info': new ClonaulaError('generic', hostile, { problem: hostile }),
    })
    for (const line of ['pending', 'log 5', 'log 5 --follow', 'status']) {
      const { out, err } = await run(line)
      expect(`${out}${err}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
      expect(`${out}${err}`).not.toBe('')
    }
  })

  test('ends with the result code of a refused call, and its sentence', async () => {
    await serveConsole({ 'console.info': new ClonaulaError('forbidden', 'no') })
    expect(await run('status')).toMatchObject({ code: 114, err: expect.stringContaining('administrador') as string })
  })
})

describe('CACHEs', () => {
  const held = { manifest: 'a'.repeat(64), name: 'Win11 base', revision: 2, bytes: 5e9, usedAt: 1000, unpublished: false }
  const withCache = (id: number, name: string): ComputerView => ({
    ...computer(id, 1, name), hardware: { cache: { disk: 1, partition: 4, device: '/dev/sda4', size: 20e9, free: 15e9, images: [held] }, disks: [] },
  }) as unknown as ComputerView
  const room = { 'computers.list': [withCache(1, 'pc-01'), computer(2, 1, 'pc-02')] }
  const ended = (): OperationView[] => [operation(5, 'succeeded', 0)]

  test('are listed with what is in them', async () => {
    await serveConsole(room)
    const { out } = await run('cache')
    expect(out).toMatch(/pc-01\s+\/dev\/sda4\s+20 GB\s+15 GB\s+Win11 base@2\s+5 GB/)
    expect(out).not.toContain('pc-02')
  })

  test('are filled, by name and revision', async () => {
    await serveConsole({ ...room, 'cache.update': ended })
    expect((await run('cache update "Win11 base" pc-01 --revision 3 --no-wait')).code).toBe(0)
    expect(asked.at(-1)).toEqual({ call: 'cache.update', args: { computers: [1], image: 7, revision: 3, method: 'UNICAST-CACHE' } })
  })

  test('are made on a disk of a size in GB, by a program without being asked', async () => {
    await serveConsole({ ...room, 'cache.prepare': ended })
    expect((await run('cache prepare 1 --classroom "Aula 1" --size 60 --no-wait')).code).toBe(0)
    expect(asked.at(-1)).toEqual({ call: 'cache.prepare', args: { computers: [1, 2], disk: 1, size: 60e9 } })
    expect((await run('cache prepare 1:3 pc-01')).code).toBe(112)
  })

  test('lose nothing on a terminal unless somebody says yes', async () => {
    await serveConsole({ ...room, 'cache.format': ended })
    const questions: string[] = []
    const answering = (answer: string): Partial<Terminal> => ({ interactive: true, ask: async (question) => (questions.push(question), answer) })
    expect((await run('cache format pc-01', answering('n'))).code).toBe(106)
    expect(questions).toEqual([expect.stringContaining('/dev/sda4, Win11 base')])
    expect(asked.some(({ call }) => call === 'cache.format')).toBe(false)
    expect((await run('cache format pc-01 --no-wait', answering('s'))).code).toBe(0)
    expect(asked.at(-1)).toEqual({ call: 'cache.format', args: { computers: [1] } })
  })

  test('give back an image wherever it is', async () => {
    await serveConsole({ ...room, 'cache.delete': ended })
    expect((await run('cache delete "win11 base@2" --classroom "Aula 1" --no-wait')).code).toBe(0)
    expect(asked.filter(({ call }) => call === 'cache.delete')).toEqual([{ call: 'cache.delete', args: { computers: [1], manifest: held.manifest } }])
    expect((await run('cache delete Otra pc-01')).code).toBe(2)
  })
})

describe('the trash', () => {
  const trashed = { imageId: 7, image: 'Win11 base', number: 3, description: '', source: 'pc-01', createdAt: 0, trashedAt: 1000 }
  const plan = { plan: 'f'.repeat(64), revisions: [{ image: 'Win11 base', number: 3 }], bytes: 2_000_000_000 }
  const calls = { 'images.remove': null, 'trash.list': [trashed], 'trash.putBack': null, 'trash.plan': plan, 'trash.empty': { bytes: 2_100_000_000 } }
  const called = (call: string): unknown => asked.find((each) => each.call === call)?.args

  test('takes a revision by its name and number, and gives it back', async () => {
    await serveConsole(calls)
    expect(await run('images trash "win11 base@3"')).toMatchObject({ code: 0, out: expect.stringContaining('está en la papelera') as string })
    expect(called('images.remove')).toEqual({ id: 7, revision: 3 })
    expect((await run('images list --trash')).out).toMatch(/Win11 base\s+3\s/)
    expect((await run('images untrash "Win11 base@3"')).code).toBe(0)
    expect(called('trash.putBack')).toEqual({ id: 7, revision: 3 })
    expect((await run('images untrash "Win11 base@4"')).code).toBe(2)
  })

  test.each(['images trash "Win11 base"', 'images trash Win11@0', 'images trash @3', 'images trash', 'images constructor'])('%s is not understood', async (line) => {
    await serveConsole(calls)
    expect((await run(line)).code).toBe(112)
    expect(called('images.remove')).toBeUndefined()
  })

  test('is emptied only by who has seen what goes and said so', async () => {
    await serveConsole(calls)
    expect(await run('images purge')).toMatchObject({ code: 0, out: expect.stringMatching(/Win11 base@3\. Quedarán libres unos 2 GB/) as string })
    expect(JSON.parse((await run('images purge --json')).out)).toEqual(plan)
    expect((await run('images purge', { interactive: true, ask: () => Promise.resolve('n') })).code).toBe(106)
    expect(called('trash.empty')).toBeUndefined()
    expect(await run('images purge', { interactive: true, ask: () => Promise.resolve('s') })).toMatchObject({ code: 0, out: expect.stringContaining('2,1 GB liberados') as string })
    expect(called('trash.empty')).toEqual({ plan: plan.plan })
    expect((await run('images purge --yes')).code).toBe(0)
  })
})

test('operations are listed with what became of them, of one computer or of all', async () => {
  await serveConsole({ 'operations.list': [operation(5, 'succeeded', 0), operation(4, 'failed', 111), operation(3, 'running')] })
  const { code, out } = await run('operations --computer "Aula 1/pc-01" --limit 3 --lang en')
  expect(code).toBe(0)
  expect(asked.find(({ call }) => call === 'operations.list')?.args).toEqual({ computer: 1, limit: 3 })
  expect(out).toMatch(/5\s+restore\s+pc-01\s+1:3\s+Win11 base\s+done\s+1 min 15 s/)
  expect(out).toMatch(/4\s+restore.*FAILED\s+111: The partition disco 1 is in use/)
  expect(out).toMatch(/3\s+restore.*running/)
})

test('an error says its sentence, and its own words where no sentence has them', async () => {
  await serveConsole({ 'operations.list': new ClonaulaError('forbidden', 'viewer may not') })
  expect((await run('operations --lang en')).err).toBe('clonaula: Your user may not do this. Ask an administrator.\n')
})

test('the audit log is shown, the newest first', async () => {
  await serveConsole({ 'audit.list': [{ id: 2, at: 0, who: 'ana', action: 'users.set', detail: '{"name":"lola"}' }] })
  expect((await run('audit --limit 5')).out).toMatch(/ana\s+users\.set\s+\{"name":"lola"\}/)
  expect(asked).toEqual([{ call: 'audit.list', args: { limit: 5 } }])
})

describe('computers', () => {
  test('are added by name and cards, and removed by what they are called', async () => {
    await serveConsole({ 'computers.create': computer(4, 1, 'pc-04'), 'computers.remove': null })
    expect((await run('computers add PC-04 52-54-00-77-00-04 52:54:00:77:00:05 --classroom "Aula 1"')).code).toBe(0)
    expect(asked.find(({ call }) => call === 'computers.create')?.args).toEqual({ name: 'pc-04', macs: ['52:54:00:77:00:04', '52:54:00:77:00:05'], classroomId: 1 })
    expect((await run('computers remove pc-02 "Aula 2/pc-01"')).code).toBe(0)
    expect(asked.filter(({ call }) => call === 'computers.remove').map(({ args }) => args)).toEqual([{ id: 2 }, { id: 3 }])
    expect((await run('computers remove')).code).toBe(112)
  })

  test('are listed by classroom', async () => {
    await serveConsole()
    expect((await run('computers')).out.split('\n')).toEqual([
      'aula    nombre  estado     dirección  MAC                arranca',
      'Aula 1  pc-01   esperando  10.0.0.9   52:54:00:77:00:01  sistema vivo',
      'Aula 1  pc-02   esperando  10.0.0.9   52:54:00:77:00:02  sistema vivo',
      'Aula 2  pc-01   esperando  10.0.0.9   52:54:00:77:00:03  sistema vivo',
      '',
    ])
    expect(JSON.parse((await run('computers list --json')).out)).toEqual(computers)
  })

  test.each([['pc-02', 2], ['PC-02', 2], ['"Aula 2/pc-01"', 3], ['52-54-00-77-00-03', 3]])('%s is number %i', async (text, id) => {
    await serveConsole({ 'computers.update': computers[0] })
    await run(`computers boot-mode disk ${text}`)
    expect(asked.at(-1)).toEqual({ call: 'computers.update', args: { id, bootMode: 'disk' } })
  })

  test('of one name are told apart, of none not found', async () => {
    await serveConsole()
    expect(await run('computers show pc-01')).toMatchObject({ code: 112, err: expect.stringContaining('Aula 1/pc-01, Aula 2/pc-01') as string })
    expect((await run('computers show pc-09')).code).toBe(2)
  })

  test('are adopted into the classroom that was named', async () => {
    await serveConsole({ 'pending.adopt': computers[1] })
    expect((await run('computers adopt 52:54:00:77:00:09 pc-09')).code).toBe(112)
    expect((await run('computers adopt 52:54:00:77:00:09 pc-09 --classroom "aula 2"')).out).toBe('Adoptado: pc-02\n')
    expect(asked.at(-1)?.args).toMatchObject({ mac: '52:54:00:77:00:09', name: 'pc-09', classroomId: 2 })
  })
})

describe('a restore', () => {
  const started = (args: unknown): OperationView[] => {
    expect(args).toMatchObject({ computers: [1, 2], image: 7, target: { disk: 1, partition: 3 } })
    return [operation(1, 'queued'), operation(2, 'failed', 30)]
  }

  test('waits for the end of all, and ends with the first result that is not success', async () => {
    await serveConsole({
      'restore.start': started,
      'operations.get': () => {
        queueMicrotask(() => push('operation.changed', operation(1, 'succeeded', 0)))
        return operation(1, 'running')
      },
    })
    const { code, out } = await run('restore "win11 base" 1:3 --classroom "Aula 1"')
    expect(code).toBe(30)
    expect(out).toMatch(/1 {2}restaurar {2}pc-01 +1:3 {6}Win11 base {2}correcto {2}1 min 15 s/)
    expect(out).toContain('30: El destino disco 1 es demasiado pequeño')
  })

  test('can leave at once', async () => {
    await serveConsole({ 'restore.start': () => [operation(1, 'queued')] })
    expect(JSON.parse((await run('restore "Win11 base" 1:3 pc-02 --no-wait --json')).out)).toMatchObject([{ id: 1, state: 'queued' }])
  })

  test('does not wait for a console that is gone', async () => {
    await serveConsole({
      'restore.start': () => [operation(1, 'running')],
      'operations.get': () => {
        setTimeout(() => void control?.close(), 20)
        return operation(1, 'running')
      },
    })
    expect(await run('restore "Win11 base" 1:3 pc-02')).toMatchObject({ code: 40, err: expect.stringContaining('connection to the console lost') as string })
  })

  test('asks a person, and takes no for an answer', async () => {
    await serveConsole({ 'restore.plan': [{ computerId: 2, computerName: 'pc-02', ok: true, bytes: 5e9, erases: ['Windows 11 (1:3)'] }] })
    const questions: string[] = []
    const ask = (question: string): Promise<string> => {
      questions.push(question)
      return Promise.resolve('')
    }
    expect((await run('restore "Win11 base" 1:3 pc-02', { interactive: true, ask })).code).toBe(106)
    expect(questions).toEqual([expect.stringContaining('Windows 11 (1:3)') as string])
    expect(asked.map(({ call }) => call)).not.toContain('restore.start')
  })

  test('can be tried without doing anything', async () => {
    const refusal = { result: 'partitionTooSmall', params: { target: '1:3', needed: '9 GB', available: '5 GB' } }
    const going = {
      computerId: 1, computerName: 'pc-01', ok: true, bytes: 5e9, erases: ['/dev/sda3'], space: { needed: 12.3e9, available: 40e9 },
      cache: { size: 30e9, free: 20e9, missing: 3.1e9, image: 3.1e9 }, use: { method: 'UNICAST-CACHE' },
      linkSpeed: 1000, estimate: { seconds: 700, basis: 'history' },
    }
    const changed = { ...going, computerId: 3, computerName: 'pc-03', cache: undefined, use: { method: 'UNICAST-DIRECT', changed: 'noCache' } }
    await serveConsole({ 'restore.plan': [going, changed, { computerId: 2, computerName: 'pc-02', ok: false, bytes: 0, erases: [], refusal }] })
    const { code, out } = await run('restore "Win11 base" 1:3 pc-02 --method UNICAST-CACHE --dry-run')
    expect(code).toBe(30)
    const [head, ...rows] = out.trimEnd().split('\n').map((line) => line.split(/ {2,}/))
    expect(head).toEqual(['ordenador', 'resultado', 'método', 'CACHE', 'escribe', 'necesita', 'red', 'tiempo', 'borra'])
    expect(rows).toEqual([
      ['pc-01', 'OK', 'UNICAST-CACHE', 'necesita 3,1 GB, libres 20 GB', '5 GB', '12,3 GB de 40 GB', '1 Gbit/s', 'unos 12 min', '/dev/sda3'],
      ['pc-03', 'OK', 'UNICAST-DIRECT (no tiene CACHE)', '5 GB', '12,3 GB de 40 GB', '1 Gbit/s', 'unos 12 min', '/dev/sda3'],
      ['pc-02', expect.stringMatching(/necesita 9 GB y tiene 5 GB/), '0 B'],
    ])
    expect(asked.map(({ call }) => call)).not.toContain('restore.start')
  })
})

test('a capture on a terminal shows how far it has come', async () => {
  const running = { ...operation(1, 'running'), progress: { phase: 'capture', done: 45, total: 100, rate: 12.4e6, secondsLeft: 80 } }
  await serveConsole({
    'images.capture': operation(1, 'queued'),
    'operations.get': () => {
      setTimeout(() => push('operation.changed', operation(1, 'succeeded', 0)), 20)
      return running
    },
  })
  const { code, err } = await run('capture pc-02 1:3 "Win11 base" --mode sector', { interactive: true })
  expect(code).toBe(0)
  expect(err).toContain('pc-01 · capture · 45 % · 12,4 MB/s · quedan 1 min 20 s')
  expect(asked.find(({ call }) => call === 'images.capture')?.args).toMatchObject({ computer: 2, source: { disk: 1, partition: 3 }, mode: 'sector' })
})

test('several computers at once show how many, how far and how fast together, and who does not get on', async () => {
  const progress = (rate: number) => ({ phase: 'transfer', done: 25, total: 100, rate })
  const [first, second] = [operation(1, 'running'), operation(2, 'running')]
  await serveConsole({
    'restore.start': [first, second],
    'operations.get': () => {
      push('operation.changed', { ...first, progress: progress(10e6) })
      push('operation.changed', { ...second, progress: { ...progress(5e6), stalled: 'no-data' }, stalled: 'no-data' })
      setTimeout(() => [1, 2].forEach((id) => push('operation.changed', operation(id, 'succeeded', 0))), 20)
      return first
    },
  })
  const { code, err } = await run('restore "Win11 base" 1:3 pc-02 --yes', { interactive: true })
  expect(code).toBe(0)
  expect(err).toMatch(/2 en curso, 0 de 2 terminadas · 25 % · 15 MB\/s · sin avance: pc-0\d/)
})

test('one computer shows its network, and why it does not get on', async () => {
  const progress = { phase: 'transfer', done: 45, total: 100, rate: 0, network: { received: 0, peers: 3, seeds: 1 }, stalled: 'no-data' }
  await serveConsole({
    'restore.start': [operation(1, 'running')],
    'operations.get': () => {
      setTimeout(() => push('operation.changed', operation(1, 'succeeded', 0)), 20)
      return { ...operation(1, 'running'), progress, stalled: 'no-data' }
    },
  })
  const { err } = await run('restore "Win11 base" 1:3 pc-02 --yes', { interactive: true })
  expect(err).toContain('45 % · 0 B/s · recibe 0 B/s · de 3 equipos (1 con todo) · sin avance: quienes lo tienen no envían nada')
})

test('an image is made in a CACHE, and published from it by its name there', async () => {
  const cached = [
    { manifest: 'a'.repeat(64), name: 'Propia', bytes: 1, usedAt: 0, unpublished: false }, { manifest: 'b'.repeat(64), name: 'Propia', bytes: 1, usedAt: 0, unpublished: true },
  ]
  await serveConsole({
    'images.capture': operation(1, 'succeeded', 0), 'cache.publish': operation(2, 'succeeded', 0),
    'computers.list': [{ ...computers[1], hardware: { cache: { images: cached } } }],
  })
  expect((await run('capture pc-02 1:3 Propia --into-cache')).code).toBe(0)
  expect((await run('cache publish propia pc-02 --name Otra')).code).toBe(0)
  expect((await run('cache publish Nada pc-02')).code).toBe(2)
  expect(asked.filter(({ call }) => call === 'images.capture' || call === 'cache.publish').map(({ args }) => args)).toMatchObject([
    { computer: 2, name: 'Propia', intoCache: true }, { computer: 2, manifest: 'b'.repeat(64), name: 'Otra' },
  ])
})

test('a capture is asked for with its mode and what is done to its source', async () => {
  await serveConsole({ 'images.capture': operation(1, 'succeeded', 0) })
  const asking = async (options: string): Promise<unknown> => {
    asked = []
    expect((await run(`capture pc-02 1:3 "Win11 base" --no-wait ${options}`)).code).toBe(0)
    return asked.find(({ call }) => call === 'images.capture')?.args
  }
  expect(await asking('')).toMatchObject({ mode: 'filesystem', clean: true, shrink: true })
  expect(await asking('--no-clean')).toMatchObject({ mode: 'filesystem', clean: false, shrink: true })
  expect(await asking('--mode used --no-shrink')).toMatchObject({ mode: 'used', shrink: false })
  const wrong = await run('capture pc-02 1:3 "Win11 base" --mode blocks')
  expect(wrong).toMatchObject({ code: 112, err: expect.stringContaining('filesystem, used, sector') as string })
})

test('a restore is asked for with how it writes', async () => {
  await serveConsole({ 'restore.start': [operation(1, 'succeeded', 0)] })
  const asking = async (options: string): Promise<unknown> => {
    asked = []
    expect((await run(`restore "Win11 base" 1:3 pc-02 --no-wait ${options}`)).code).toBe(0)
    return asked.find(({ call }) => call === 'restore.start')?.args
  }
  expect(await asking('')).toMatchObject({ delta: true, verify: false, discard: false })
  expect(await asking('--delta --verify --discard')).toMatchObject({ delta: true, verify: true, discard: true })
  expect(await asking('--no-delta')).toMatchObject({ delta: false })
})

test('a log is followed to its end, each line once', async () => {
  const line = (id: number) => ({ id, operationId: 1, at: 0, level: 'info', text: `line ${id}` })
  let ended = false
  await serveConsole({
    'operations.get': () => operation(1, ended ? 'succeeded' : 'running', ended ? 0 : undefined),
    'operations.log': ({ after }: { after: number }) => {
      push('operation.log', [line(2)] as never)
      if (after === 0) {
        ended = true
        return [line(1), line(2)]
      }
      return [line(2), line(3)]
    },
  })
  const { code, out } = await run('log 1 --follow')
  expect(code).toBe(0)
  expect(out.match(/line \d/g)).toEqual(['line 1', 'line 2', 'line 3'])
})

test('users are kept without a running console', async () => {
  const file = join(folder, 'password')
  writeFileSync(file, 'a classroom of 35\n')
  expect((await run(`users add ana --role administrator --password-file ${file}`)).code).toBe(0)
  expect((await run('users')).out).toContain('ana      administrator')
  const typed = ['a long password', 'another password']
  const ask = (): Promise<string> => Promise.resolve(typed.shift() ?? '')
  expect((await run('users add eva', { interactive: true, ask })).code).toBe(112)
  expect((await run('users add eva')).code).toBe(112)
  expect((await run('users remove ana')).code).toBe(0)
  expect((await run('users --json')).out).toBe('[]\n')
})

test('tables align, numbers to the right', () => {
  expect(table(['n', 'what'], [[5, 'a'], [10, 'áé'], [7, '']])).toEqual([' n  what', ' 5  a', '10  áé', ' 7'])
  expect(table(['n'], [])).toEqual([])
})

test.each(['1', '1:3', '12:128'])('%s is a target', (text) => {
  expect(showTarget(parseTarget(text))).toBe(text)
})
test.each(['', 'sda', '1:', ':1', '1:2:3', '-1', '1.5'])('%j is none', (text) => {
  expect(() => parseTarget(text)).toThrow(UsageError)
})
