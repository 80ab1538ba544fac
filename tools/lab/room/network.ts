/**
 * The classroom's network, in namespaces of its own: a switch with the computers' taps, where QEMU runs; the
 * console; and the router. Nothing of it touches the host's network, so several labs can run side by side.
 */
import { readdir } from 'node:fs/promises'
import { runCommand, type Argv } from '#image/run/run.ts'
import { inNamespace } from '../host/child.ts'
import type { CleanupStack } from '../host/cleanup.ts'
import { isAlive } from '../host/process.ts'

export interface LabNetwork {
  /** Names of the namespaces. */
  switch: string
  console: string
  router: string
}

export const CONSOLE_ADDRESS = '10.77.0.1'
export const ROUTER_ADDRESS = '10.77.0.254'
/** Without one it would not see the broadcasts that wake computers. */
const SWITCH_ADDRESS = '10.77.0.253'
/** It only advertises this prefix when it has an address in it. */
const ROUTER_ADDRESS_V6 = 'fd77::1/64'
const PREFIX = 24
/** Packets that wait for a computer: an emulated one stands still for seconds when others want the processor, as no real one does. */
const PORT_QUEUE = '10000'
/** Where the console's and the router's card are plugged in. */
const CARD = 'eth0'

/** Of the switch, at the other end of the console's card. */
export const CONSOLE_PORT = 'port-console'

/** The tap of a computer, by its number. */
export function tapOf(number: number): string {
  return `tap${number}`
}

const ip = (...args: string[]) => runCommand(['ip', ...args] as const satisfies Argv)
const ipIn = (namespace: string, ...args: string[]) => runCommand(inNamespace(namespace, ['ip', ...args]))

export async function buildNetwork(computers: number, cleanup: CleanupStack): Promise<LabNetwork> {
  const name = (part: string): string => `clonaula-${process.pid}-${part}`
  const network: LabNetwork = { switch: name('lab'), console: name('console'), router: name('router') }
  for (const namespace of Object.values(network)) {
    await ip('netns', 'add', namespace)
    cleanup.push(`namespace ${namespace}`, () => ip('netns', 'del', namespace))
    await ipIn(namespace, 'link', 'set', 'lo', 'up')
  }
  const bridge = ['type', 'bridge', 'stp_state', '0', 'forward_delay', '0', 'mcast_snooping', '0']
  await ipIn(network.switch, 'link', 'add', 'br0', ...bridge)
  await ipIn(network.switch, 'link', 'set', 'br0', 'up')
  await ipIn(network.switch, 'addr', 'add', `${SWITCH_ADDRESS}/${PREFIX}`, 'broadcast', '+', 'dev', 'br0')
  await plugIn(network.console, `${CONSOLE_ADDRESS}/${PREFIX}`, CONSOLE_PORT, network)
  await plugIn(network.router, `${ROUTER_ADDRESS}/${PREFIX}`, 'port-router', network)
  await ipIn(network.router, 'address', 'add', ROUTER_ADDRESS_V6, 'dev', CARD, 'nodad')
  for (let number = 1; number <= computers; number++) {
    await ipIn(network.switch, 'tuntap', 'add', tapOf(number), 'mode', 'tap')
    await ipIn(network.switch, 'link', 'set', tapOf(number), 'master', 'br0', 'txqueuelen', PORT_QUEUE, 'up')
  }
  return network
}

async function plugIn(namespace: string, address: string, port: string, network: LabNetwork): Promise<void> {
  await ip('link', 'add', port, 'netns', network.switch, 'type', 'veth', 'peer', 'name', CARD, 'netns', namespace)
  await ipIn(network.switch, 'link', 'set', port, 'master', 'br0', 'up')
  await ipIn(namespace, 'addr', 'add', address, 'broadcast', '+', 'dev', CARD)
  await ipIn(namespace, 'link', 'set', CARD, 'up')
  // With offload a veth sends UDP without checksums, and the PXE stacks of old firmware check them.
  await runCommand(inNamespace(namespace, ['ethtool', '--offload', CARD, 'tx', 'off']))
}

/** Namespaces of labs that are gone: a killed process cannot clean up after itself, so the next one does. */
export async function removeStaleNetworks(): Promise<void> {
  const names = await readdir('/run/netns').catch((): string[] => [])
  for (const name of names) {
    const pid = /^clonaula-(\d+)-(lab|console|router)$/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await ip('netns', 'del', name)
  }
}
