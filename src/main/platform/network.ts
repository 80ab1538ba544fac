/** The machine's network cards, and which of their addresses the classroom sees. */
import { existsSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { BlockList } from 'node:net'

export interface NetworkCard {
  name: string
  address: string
  netmask: string
  /** Bits of the netmask. */
  prefix: number
  broadcast: string
  mac: string
  kind: 'wired' | 'wireless' | 'virtual' | 'loopback'
}

export interface WantedCard {
  address?: string | undefined
  interface?: string | undefined
}

export type AddressChoice =
  | { ok: true; card: NetworkCard }
  /** `none`: no card has an address · `several`: somebody has to choose · `missing`: the chosen one is not there. */
  | { ok: false; why: 'none' | 'several' | 'missing'; asked: string; cards: NetworkCard[] }

const VIRTUAL = /^(docker|br-|virbr|vmnet|vboxnet|vethernet|veth|tun|tap|wg|zt|tailscale|ppp|lxc|utun|awdl)/i
const WIRELESS = /^(wl|wi-?fi)/i

function kindOf(name: string): NetworkCard['kind'] {
  if (VIRTUAL.test(name)) return 'virtual'
  return WIRELESS.test(name) || existsSync(`/sys/class/net/${name}/wireless`) ? 'wireless' : 'wired'
}

const toNumber = (ip: string): number => ip.split('.').reduce((value, part) => value * 256 + Number(part), 0)
const toAddress = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')

/** 192.168.1.20 with 24 bits → 192.168.1.255. */
export function broadcastOf(address: string, prefix: number): string {
  const hostBits = prefix >= 32 ? 0 : 0xffff_ffff >>> prefix
  return toAddress((toNumber(address) | hostBits) >>> 0)
}

/** Cards that have an IPv4 address. */
export function listCards(): NetworkCard[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses]) =>
    (addresses ?? [])
      .filter(({ family }) => family === 'IPv4')
      .map(({ address, netmask, mac, cidr, internal }) => {
        const prefix = Number(cidr?.split('/')[1] ?? 24)
        const kind = internal ? 'loopback' : kindOf(name)
        return { name, address, netmask, prefix, broadcast: broadcastOf(address, prefix), mac, kind }
      }),
  )
}

/** Link-local addresses (RFC 3927) are what a card has when nobody gave it one. */
const linkLocal = new BlockList()
linkLocal.addSubnet('169.254.0.0', 16)

/**
 * Which card serves the classroom: the one that was asked for, else the only wired one, else the only one.
 * Never a guess between two: a boot server on the wrong network is somebody else's trouble.
 */
export function chooseCard(cards: NetworkCard[], wanted: WantedCard): AddressChoice {
  const refuse = (why: 'none' | 'several' | 'missing', asked = ''): AddressChoice => ({ ok: false, why, asked, cards })
  if (wanted.address) {
    const card = cards.find(({ address }) => address === wanted.address)
    return card ? { ok: true, card } : refuse('missing', wanted.address)
  }
  if (wanted.interface) {
    const card = cards.find(({ name }) => name === wanted.interface)
    return card ? { ok: true, card } : refuse('missing', wanted.interface)
  }
  const usable = cards.filter(({ address, kind }) => kind !== 'loopback' && !linkLocal.check(address))
  const wired = usable.filter(({ kind }) => kind === 'wired')
  const [only, ...others] = wired.length > 0 ? wired : usable
  if (!only) return refuse('none')
  return others.length > 0 ? refuse('several') : { ok: true, card: only }
}
