/** `clonaula doctor`, from what is observed on a network to what a person reads. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Handlers } from '#shared/contract/rpc.ts'
import type { ObservedCard, Observations } from '#shared/domain/diagnose.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { createExamination, type ExamineParts } from '../doctor/examine.ts'
import type { NetworkCard } from '../platform/network.ts'
import { controlPath } from '../rpc/local/control-path.ts'
import { openControlSocket, type ControlSocket } from '../rpc/local/control-socket.ts'
import { runCommand, type Ran } from './testing/run-command.ts'

const CARD: ObservedCard = { name: 'eth0', address: '10.0.0.1', wireless: false, carrier: true, speed: 1000, duplex: 'full', mtu: 1500 }
const RUNNING = { name: 'http', state: 'running', listens: '10.0.0.1:80' } as const

let folder: string
let control: ControlSocket
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'clonaula-doctor-')) })
afterEach(async () => {
  await control.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Seen extends Partial<Pick<Observations, 'clients' | 'multicast' | 'offers'>> {
  card?: { [K in keyof ObservedCard]?: ObservedCard[K] | undefined }
  services?: ReturnType<ExamineParts['services']>
}

/** What the command says of a network on which all is well but for what is given. */
async function doctor({ card, offers, services = [RUNNING], clients = [], multicast }: Seen, line = 'doctor --lang en'): Promise<Ran & { asked: boolean[] }> {
  const asked: boolean[] = []
  const examine = createExamination({
    card: () => ({ name: 'eth0', address: '10.0.0.1', kind: 'wired' }) as NetworkCard,
    dhcp: 'proxy',
    services: () => services,
    clients: () => clients,
    observe: async () => ({ ...CARD, ...card }) as ObservedCard,
    ask: async () => [...offers ?? [{ server: '10.0.0.254', address: '10.0.0.77', boots: false }]],
    probe: async (long) => {
      asked.push(long)
      return multicast
    },
  })
  control = await openControlSocket(controlPath(folder))
  const handlers: Partial<Handlers> = { 'network.examine': ({ long }) => examine(long) }
  control.serve(handlers as Handlers, () => () => {})
  return { ...await runCommand(folder, line), asked }
}

test('a room in order', async () => {
  const { code, out } = await doctor({ multicast: [{ name: 'pc-01', heard: 12, lasts: true }] })
  expect(code).toBe(0)
  expect(out.trimEnd().split('\n').map((said) => said.split(/ {2,}/)[0])).toEqual(['good', 'good', 'good', 'good', 'good', 'good'])
})

test.each<[string, Seen, RegExp]>([
  ['no cable', { card: { carrier: false } }, /^PROBLEM +The network cable of eth0 is not connected/m],
  ['a slow link', { card: { speed: 100 } }, /^warning +The link of eth0 has 100 Mbit\/s only\. Use a cable of category 5e/m],
  ['half duplex', { card: { duplex: 'half' } }, /^PROBLEM +The link of eth0 is half duplex[^\n]* automatic negotiation/m],
  ['a tunnel', { card: { mtu: 1400 } }, /^warning +The card eth0 carries packets of 1400 bytes only[^\n]* Set its MTU to 1500/m],
  ['jumbo frames', { card: { mtu: 9000 } }, /^warning +The card eth0 sends packets of 9000 bytes/m],
  ['another PXE server', { offers: [{ server: '10.0.0.9', boots: true }] }, /^PROBLEM +Another server tells computers what to boot: 10\.0\.0\.9/m],
  ['computers on bad links', { clients: [{ name: 'pc-01', speed: 1000 }, { name: 'pc-02', speed: 100, duplex: 'half', mtu: 1400 }] },
    /^PROBLEM +Computers whose link is half duplex: pc-02\.[^]*^warning +Computers with a slower link[^]*: pc-02 \(100 Mbit\/s\)[^]*^warning +Computers whose packets[^]*: pc-02 \(1400\)/m],
  ['a multicast that reaches some', { multicast: [{ name: 'pc-01', heard: 9 }, { name: 'pc-02', heard: 0 }] }, /^PROBLEM +The console’s multicast does not reach: pc-02\.[^]*^unknown +Whether multicast goes on/m],
  ['a multicast that reaches nobody', { multicast: [{ name: 'pc-01', heard: 0 }] }, /^PROBLEM +The console’s multicast reaches no computer \(pc-01\)/m],
  ['a multicast that a switch cuts off', { multicast: [{ name: 'pc-01', heard: 9, lasts: false }] }, /^PROBLEM +Five minutes later multicast does not reach any more: pc-01\./m],
  ['a service that is down', {
    services: [RUNNING, { name: 'agents', state: 'failed', listens: '', problem: { code: RESULT.generic, message: 'broken', params: {} } }],
  }, /^PROBLEM +A service of the console is down \(agents\)\. Something failed/m],
  ['a port that another program has', {
    services: [{ name: 'tftp', state: 'failed', listens: '', problem: { code: RESULT.portTaken, message: '', params: { protocol: 'UDP', port: 69, program: 'tftpd (PID 7)' } } }],
  }, /^PROBLEM +A service of the console is down \(tftp\)\. [^\n]*tftpd \(PID 7\)[^\n]*UDP port 69/m],
])('%s is said, with what to do', async (_, seen, said) => {
  const { code, out } = await doctor(seen)
  expect(code).toBe(0)
  expect(out).toMatch(said)
})

test('what the system does not tell is said to be unknown', async () => {
  const { out } = await doctor({ card: { speed: undefined, duplex: undefined, mtu: undefined } }, 'doctor')
  expect(out).toMatch(/^sin datos +Aquí no se sabe a qué velocidad va el enlace de eth0[^]*^sin datos +Aquí no se sabe qué tamaño de paquete/m)
})

test('looks five minutes long only if it is asked to, and for programs says the same', async () => {
  const { asked, out } = await doctor({ multicast: [{ name: 'pc-01', heard: 9, lasts: false }] }, 'doctor --long --json')
  expect(asked).toEqual([true])
  expect(JSON.parse(out)).toContainEqual({ name: 'multicastFades', level: 'problem', params: { computers: 'pc-01' } })
})
