/** From what was observed on the classroom's network to findings: pure, so that every case can be tried. */
import type { ErrorParams, ErrorRecord } from './errors.ts'
import { FINDINGS, type Finding, type FindingName } from './finding.ts'

/** The console's network card; what its system does not tell is absent. */
export interface ObservedCard {
  name: string
  address: string
  wireless: boolean
  /** Whether a cable with something at its other end is plugged in. */
  carrier?: boolean
  /** Mbit/s. */
  speed?: number
  duplex?: 'full' | 'half'
  /** Bytes of IP in one frame. */
  mtu?: number
}

/** An answer to a computer that asks for an address and for something to boot. */
export interface ObservedOffer {
  /** Who answered. */
  server: string
  /** The address that it offers; absent from a ProxyDHCP server. */
  address?: string
  /** It also says what to boot. */
  boots: boolean
}

export interface Observations {
  /** Absent: no card serves a classroom. */
  card: ObservedCard | undefined
  /** Who gives addresses in this room: `full` is the console itself. */
  dhcp: 'proxy' | 'full' | 'off'
  services: readonly { name: string; state: 'stopped' | 'running' | 'failed'; problem?: ErrorRecord }[]
  /** What others answered, without the console's own; absent: it could not be asked. */
  offers: readonly ObservedOffer[] | undefined
  /** Of the computers whose agents are connected. */
  clients: readonly ObservedClient[]
  /** Absent: none was there to listen. */
  multicast?: readonly ObservedListener[]
}

/** The link of a computer; what its driver does not tell is absent. */
export interface ObservedClient {
  name: string
  /** Mbit/s; 0 when the driver does not say. */
  speed: number
  duplex?: 'full' | 'half' | undefined
  /** Bytes of IP in one frame. */
  mtu?: number | undefined
}

/** A computer that listened for a multicast of the console. */
export interface ObservedListener {
  name: string
  /** Datagrams that it heard at once. */
  heard: number
  /** Whether it still heard some when no switch remembers any more whom nobody asked; absent: nobody looked, or it heard none before. */
  lasts?: boolean
}

/** Slower than this, the cable or the switch is what a classroom waits for. Mbit/s. */
const GIGABIT = 1000
/** Ethernet's (RFC 894). */
const USUAL_MTU = 1500

/** In the order in which a person should look at them: the cable first. */
export function diagnose(seen: Observations): Finding[] {
  const { card } = seen
  return [
    ...(card ? diagnoseLink(card) : [finding('noCard')]),
    ...diagnoseServices(seen.services),
    ...(card === undefined || card.carrier === false ? [] : diagnoseDhcp(seen)),
    ...diagnoseClients(seen.clients, card?.mtu ?? USUAL_MTU),
    ...diagnoseMulticast(seen.multicast ?? []),
  ]
}

function finding(name: FindingName, params: ErrorParams = {}): Finding {
  return { name, level: FINDINGS[name], params }
}

function diagnoseLink({ name, wireless, carrier, speed, duplex, mtu }: ObservedCard): Finding[] {
  if (carrier === false) return [finding('noLink', { card: name })]
  const found: Finding[] = []
  if (wireless) found.push(finding('wireless', { card: name }))
  if (duplex === 'half') found.push(finding('halfDuplex', { card: name }))
  if (speed !== undefined && speed < GIGABIT) found.push(finding('linkSlow', { card: name, speed }))
  if (mtu !== undefined && mtu < USUAL_MTU) found.push(finding('mtuSmall', { card: name, mtu }))
  if (mtu !== undefined && mtu > USUAL_MTU) found.push(finding('mtuLarge', { card: name, mtu }))
  if (speed === undefined) found.push(finding('linkUnknown', { card: name }))
  else if (found.length === 0) found.push(finding('linkGood', { card: name, speed }))
  return mtu === undefined ? [...found, finding('mtuUnknown', { card: name })] : found
}

function diagnoseServices(services: Observations['services']): Finding[] {
  const found = services.flatMap(({ name, state, problem }) => {
    if (state === 'failed') return [finding('serviceDown', { service: name, ...told(problem) })]
    return problem ? [finding('serviceWarning', { service: name, ...told(problem) })] : []
  })
  return found.length > 0 ? found : [finding('servicesGood')]
}

/** The problem's own code and values: its sentence is shown beside. */
function told(problem: ErrorRecord | undefined): ErrorParams {
  return problem ? { ...problem.params, code: problem.code } : {}
}

function diagnoseDhcp({ offers, dhcp }: Observations): Finding[] {
  if (offers === undefined) return [finding('dhcpUnknown')]
  const givers = unique(offers.filter(({ address }) => address !== undefined))
  const booters = unique(offers.filter(({ boots }) => boots))
  const found: Finding[] = []
  if (dhcp === 'full') {
    if (givers.length > 0) found.push(finding('dhcpBesideOurs', { servers: givers.join(', ') }))
  } else if (givers.length === 0) found.push(finding('dhcpMissing'))
  else if (givers.length > 1) found.push(finding('dhcpSeveral', { servers: givers.join(', ') }))
  else found.push(finding('dhcpGood', { servers: givers.join(', ') }))
  found.push(booters.length > 0 ? finding('otherPxe', { servers: booters.join(', ') }) : finding('noOtherPxe'))
  return found
}

function unique(offers: readonly ObservedOffer[]): string[] {
  return [...new Set(offers.map(({ server }) => server))]
}

function diagnoseMulticast(listeners: readonly ObservedListener[]): Finding[] {
  const deaf = listeners.filter(({ heard }) => heard === 0)
  if (listeners.length === 0) return []
  if (deaf.length === listeners.length) return [finding('multicastNone', named(deaf))]
  return [deaf.length === 0 ? finding('multicastGood', named(listeners)) : finding('multicastSome', named(deaf)), diagnoseLasting(listeners)]
}

/** A switch that snoops IGMP without a querier lets a multicast through for some minutes: that it arrives does not say that it goes on. */
function diagnoseLasting(listeners: readonly ObservedListener[]): Finding {
  const seen = listeners.filter(({ lasts }) => lasts !== undefined)
  const forgotten = seen.filter(({ lasts }) => lasts === false)
  if (seen.length === 0) return finding('lastingUnknown')
  return forgotten.length > 0 ? finding('multicastFades', named(forgotten)) : finding('multicastLasts', named(seen))
}

function named(some: readonly { name: string }[]): ErrorParams {
  return { computers: some.map(({ name }) => name).join(', ') }
}

/** @param mtu the console's, or the usual one */
function diagnoseClients(clients: readonly ObservedClient[], mtu: number): Finding[] {
  const half = clients.filter(({ duplex }) => duplex === 'half')
  const otherMtu = clients.filter((each) => each.mtu !== undefined && each.mtu !== mtu)
  return [
    ...(half.length > 0 ? [finding('clientsHalfDuplex', named(half))] : []),
    ...diagnoseSpeeds(clients),
    ...(otherMtu.length > 0 ? [finding('clientsMtu', { mtu, computers: otherMtu.map((each) => `${each.name} (${each.mtu})`).join(', ') })] : []),
  ]
}

/** One that is slower than the others has a bad cable; where all are, it is the switch. */
function diagnoseSpeeds(clients: readonly ObservedClient[]): Finding[] {
  const known = clients.filter(({ speed }) => speed > 0)
  const slow = known.filter(({ speed }) => speed < GIGABIT)
  if (slow.length === 0) return []
  if (slow.length > 1 && slow.length === known.length) return [finding('clientsAllSlow', { speed: Math.max(...slow.map(({ speed }) => speed)) })]
  return [finding('clientsSlow', { computers: slow.map(({ name, speed }) => `${name} (${speed} Mbit/s)`).join(', ') })]
}
