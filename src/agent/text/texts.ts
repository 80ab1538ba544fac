import type { CacheCommand } from '#shared/contract/cache-commands.ts'
import type { SwarmRefusal } from '#shared/contract/torrent.ts'
import type { Filesystem } from '#shared/domain/disk.ts'
import type { Language } from '#shared/i18n/index.ts'
import type { P2pMode } from '#shared/transfer/torrent/rules.ts'
import { textsEn } from './texts.en.ts'
import { textsEs } from './texts.es.ts'

/** Why a computer goes on alone. */
export type MulticastTrouble =
  'deaf' | 'stalled' | 'unanswered' | 'disconnected' | 'silent' | 'slow' | 'lossy' | 'full' | 'failed'

/** Why a computer takes no part in a swarm. */
export type SwarmTrouble = SwarmRefusal | 'unanswered' | 'misunderstood' | 'noFile' | 'wrongFile'

/** Everything that the agent says to people, on the computer's screen and in an operation's log. */
export interface Texts {
  doNotTurnOff: string
  waiting: string
  notAdopted: string
  connecting: string
  connected: string
  wrongMessage: (problem: string) => string
  computer: string
  address: string
  console: string
  unnamed: string
  working: Record<'capture' | 'restore' | CacheCommand['kind'], string>
  left: (time: string) => string
  phase: (phase: string) => string
  restarting: string
  shuttingDown: string
  bringingBack: (path: string) => string

  // the log of an operation
  readingDisks: string
  manifest: (id: string, source: string) => string
  volume: (facts: { device: string; filesystem: string; used: string; size: string; mode: string }) => string
  everySector: (device: string, filesystem: Filesystem) => string
  swapHeader: (device: string) => string
  cacheLeftOut: (device: string) => string
  published: (id: string, newBytes: string, chunks: number, newChunks: number) => string
  writingTable: (device: string) => string
  keepingCache: (device: string) => string
  changingType: (device: string, type: string) => string
  erasing: (devices: string) => string
  written: (figures: { written: string; received: string; rate: string }) => string
  bootAreas: (device: string) => string
  markedIncomplete: (device: string) => string
  goesOn: (device: string) => string
  leftIncomplete: (device: string) => string
  kept: (bytes: string) => string
  undiscarded: (device: string) => string
  alreadyCached: string
  cacheReceived: (figures: { received: string; rate: string; time: string }) => string
  cacheRemoved: (image: string, freed: string) => string
  cacheCleared: (freed: string) => string
  formattingCache: (device: string) => string
  makingCache: (device: string, size: string) => string
  receivedDamaged: (pack: string) => string
  multicastGathering: (joined: number, expected: number) => string
  multicastStarts: (group: string, receivers: number) => string
  multicastLate: (group: string) => string
  multicastOver: (why: MulticastTrouble) => string
  multicastDamaged: string
  multicastBrought: (figures: { taken: string; fetched: string; lost: number; repaired: number }) => string
  swarm: (mode: P2pMode, time: string) => string
  noSwarm: (why: SwarmTrouble) => string
  peerBanned: (address: string) => string
  sharing: (computers: number, time: string) => string
  shared: (bytes: string) => string
  checkingCache: string
  cacheDamaged: (damaged: number, packs: number) => string
  sent: (bytes: string, packs: number, all: number) => string
  configuring: string
  checking: (device: string) => string
  growing: (device: string, size: string) => string
  noGrow: (device: string, filesystem: string) => string
  hostName: (name: string) => string
  machineId: string
  fstab: (line: string) => string
  bootLoaderAsRestored: string
  installingGrub: (device: string) => string
  grubWorks: (device: string) => string
  noLinuxLoader: string
  efiLoader: (folder: string) => string
  fallbackLoader: (path: string) => string
  noLoader: (device: string) => string
  bootEntry: (label: string) => string
  firmwareEntriesKept: string
  windowsAsRestored: (device: string) => string
  noSystem: string
  finished: (time: string) => string
}

export function texts(language: Language): Texts {
  return language === 'es' ? textsEs : textsEn
}
