import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DeployPlan, OperationView } from '#shared/contract/views.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { consoleKit, facts, sha, type ConsoleKit, type FakeAgent } from '../../../../tests/support/console-kit.ts'
import { hardware } from '../../../../tests/support/hardware.ts'
import { controlPath } from '../../rpc/local/control-path.ts'
import { openControlSocket, type ControlSocket } from '../../rpc/local/control-socket.ts'
import type { Terminal } from '../context.ts'
import { runCommand, type Ran } from '../testing/run-command.ts'

const GB = 1e9
let folder: string
let control: ControlSocket
let kit: ConsoleKit
/** pc-01 has a CACHE, pc-02 has none. The image is Base, in two revisions. */
let agents: [FakeAgent, FakeAgent]

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'clonaula-deploy-'))
  kit = consoleKit()
  agents = [kit.ready(1), kit.ready(2)]
  for (const digit of ['a', 'b']) {
    kit.stored.set(sha(digit), { facts: facts(), packs: [{ id: sha(digit), size: 5 * GB }] })
    const { id } = await kit.call('images.capture', { computer: 1, source: { disk: 1, partition: 1 }, name: 'Base' })
    agents[0].done(id, { manifest: sha(digit) })
    await kit.settled()
  }
  const cache = { disk: 1, partition: 4, device: '/dev/sda4', size: 20 * GB, free: 10 * GB, images: [] }
  agents[0].say({ type: 'inventory', hardware: hardware(agents[0].mac, { cache }) })
  await kit.call('classrooms.update', { id: 1, network: { multicastSpeed: 90, p2pTime: 5 } })
  control = await openControlSocket(controlPath(folder))
  control.serve(kit.app.handlers, kit.app.subscribe)
})
afterEach(async () => {
  kit.app.stop()
  await control.close()
  rmSync(folder, { recursive: true, force: true })
})

const run = (line: string, terminal?: Partial<Terminal>, env?: Record<string, string>): Promise<Ran> => runCommand(folder, `deploy ${line}`, terminal, env)
const deployed = async (): Promise<OperationView[]> => (await kit.call('operations.list', {})).filter(({ kind }) => kind !== 'capture')

describe('a deployment’s command', () => {
  test.each([
    ['--partition 1:1', 'deployImage REPO Base 1 1 UNICAST'],
    ['--partition 1:1 --transfer MULTICAST', 'deployImage REPO Base 1 1 MULTICAST 9000:full-duplex::90M:50:60'],
    ['--partition 1:1 --transfer MULTICAST-DIRECT --port 9098 --mode half-duplex --address 239.194.1.2 --speed 50 --max-clients 35 --max-wait 10',
      'deployImage REPO Base 1 1 MULTICAST-DIRECT 9098:half-duplex:239.194.1.2:50M:35:10'],
    ['--partition 1 --transfer TORRENT --p2p-mode leecher', 'deployImage REPO Base 1 * TORRENT leecher:5'],
    ['--cache-only --transfer TORRENT --p2p-time 0', 'updateCache REPO /Base TORRENT peer:0'],
  ])('says what the options do not say as the classroom has it: %s', async (options, command) => {
    expect(await run(`pc-01 --image Base ${options} --print`)).toEqual({ code: 0, err: '', out: `${command}\n` })
    expect(await deployed()).toEqual([])
  })

  test('leaves to each classroom what is its own', async () => {
    const room = await kit.call('classrooms.create', { siteId: 1, name: 'Aula 2' })
    await kit.call('computers.update', { id: 2, classroomId: room.id })
    expect((await run('pc-01 pc-02 --image Base@1:1 --partition 1:1 --transfer MULTICAST --speed 50M --print')).out)
      .toBe('deployImage REPO Base@1:1 1 1 MULTICAST :::50M::\n')
  })

  test.each([
    ['pc-01', /falta --image/],
    ['pc-01 --image Base', /falta --partition/],
    ['pc-01 --image Base@0 --partition 1:1', /--image \(IMAGEN\[@REVISIÓN\]\[:VOLUMEN\]\)/],
    ['pc-01 --image Base:1 --cache-only', /--image \(IMAGEN\[@REVISIÓN\]\)/],
    ['pc-01 --image Base --cache-only --transfer MULTICAST-DIRECT', /--transfer \(TORRENT, MULTICAST, UNICAST\)/],
    ['pc-01 --image Base --partition 1:1 --transfer MULTICAST --port 9001', /«9001» no vale como --port \(9000, 9002 … 9098\)/],
    ['pc-01 --image Base --partition 1:1 --transfer MULTICAST --speed 0', /--speed \(1M–10000M\)/],
    ['pc-01 --image Base --partition 1:1 --transfer MULTICAST --address 10.0.0.1', /--address \(224\.0\.0\.0–239\.255\.255\.255\)/],
    ['pc-01 --image Base --run "updateCache REPO /Base UNICAST"', /--run o las partes/],
    ['pc-01 --image Base --partition 1:1 --speed 50', /--speed no sirve de nada con UNICAST/],
    ['pc-01 --image Base --partition 1:1 --transfer TORRENT --p2p-time 5 --max-clients 3', /--max-clients no sirve de nada con TORRENT/],
    ['pc-01 --image Base --partition 1:1 --transfer MULTICAST-DIRECT --p2p-mode peer', /--p2p-mode no sirve de nada con MULTICAST-DIRECT/],
    ['pc-01 --image Base --partition 1:1 --cache-only', /--partition no sirve de nada con --cache-only/],
    ['--image Base --partition 1:1', /falta ORDENADOR/],
    ['pc-01 --run "updateCache REPO /Base TORRENT pear:1"', /Línea 1, columna 32 de los comandos: «pear» no vale ahí; se espera peer, leecher, seeder/],
  ])('that is wrong does nothing, and says what: %s', async (line, said) => {
    const { code, err } = await run(line)
    expect([RESULT.invalidRequest, RESULT.deployCommand]).toContain(code)
    expect(err).toMatch(said)
    expect(await deployed()).toEqual([])
  })
})

describe('a deployment', () => {
  test('shows what would happen, and does nothing when it is only tried', async () => {
    const { code, out } = await run('--classroom "Aula 1" --image Base --partition 1:1 --dry-run', {}, { LANG: 'en_GB.UTF-8' })
    expect(code).toBe(RESULT.noCache)
    const [command, head, ...rows] = out.trimEnd().split('\n').map((line) => line.split(/ {2,}/))
    expect(command).toEqual(['deployImage REPO Base 1 1 UNICAST → Base@2'])
    expect(head?.at(-1)).toBe('installed')
    expect(rows.map((cells) => cells.slice(0, 3))).toEqual([['pc-01', 'OK', 'UNICAST-CACHE'], ['pc-02', expect.stringContaining('no CACHE'), '0 B']])
    const { commands } = JSON.parse((await run('pc-01 --image Base --partition 1:1 --dry-run --json')).out) as DeployPlan
    expect(commands).toMatchObject([{ kind: 'deployImage', revision: 2, rows: [{ ok: true }] }])
    expect(await deployed()).toEqual([])
  })

  test('runs edited commands one after the other, and ends with the first result that is not success', async () => {
    const { code, out } = await run('pc-01 pc-02 --run "updateCache REPO /Base@1 UNICAST" --run "deployImage REPO Base 1 1 UNICAST-DIRECT" --no-wait')
    expect(code).toBe(RESULT.noCache)
    expect(out).toMatch(/actualizar CACHE +pc-02.*15: Este equipo no tiene partición CACHE/)
    expect(out).toMatch(/desplegar +pc-01/)
    expect((await deployed()).map(({ kind, computerName, revision, state }) => [kind, computerName, revision, state])).toEqual([
      ['restore', 'pc-02', 2, 'running'], ['restore', 'pc-01', 2, 'queued'], ['updateCache', 'pc-02', 1, 'failed'], ['updateCache', 'pc-01', 1, 'running'],
    ])
  })

  test('asks a person before anything is erased, and says how many revisions are newer', async () => {
    expect((await run('pc-01 --image Base@1 --partition 1:1 --transfer UNICAST-DIRECT --restart --no-postconfigure --verify --no-wait')).code).toBe(0)
    const { id, command } = agents[0].order('restore')
    expect(command).toMatchObject({ verify: true, delta: true })
    expect(command).not.toHaveProperty('hostName')
    agents[0].done(id)
    agents[0].done(agents[0].order('restart').id)
    const questions: string[] = []
    const ask = async (question: string): Promise<string> => {
      questions.push(question)
      return 'no'
    }
    const { code, out } = await run('pc-01 --image Base --partition 1:1 --transfer UNICAST-DIRECT', { interactive: true, ask })
    expect(code).toBe(RESULT.cancelled)
    expect(out).toContain('Base@1 (hay 1 revisión más nueva)')
    expect(questions).toEqual([expect.stringContaining('/dev/sda1')])
    expect(await deployed()).toHaveLength(2)
  })

  test('asks nobody where nothing is erased', async () => {
    expect((await run('pc-01 --image Base --cache-only --no-wait', { interactive: true })).code).toBe(0)
    expect(agents[0].order('updateCache').command).toMatchObject({ protocol: 'UNICAST' })
  })
})
