/**
 * What an agent that takes part in a swarm (TORRENT-CACHE) and its console say to each other on their channel. Peers speak
 * BitTorrent among themselves (docs/torrent.md).
 */
import { z } from 'zod'
import { NetworkProperties } from '../domain/classroom.ts'

export const TorrentAgentMessage = z.discriminatedUnion('type', [
  /** May be said again: while there is no answer, and after a lost connection. */
  z.object({ type: z.literal('join') }),
])
export type TorrentAgentMessage = z.infer<typeof TorrentAgentMessage>

/** SHA-1, hexadecimal digits. */
export const InfoHash = z.string().regex(/^[0-9a-f]{40}$/)

export const TorrentOffer = z.object({
  type: z.literal('offer'),
  infoHash: InfoHash,
  /** Where the torrent file is, for who shows the operation's token. */
  file: z.url(),
  /** URLs of announces. */
  trackers: z.array(z.url()).min(1).max(8),
  /** The room's properties. */
  mode: NetworkProperties.shape.p2pMode.unwrap(),
  seedSeconds: NetworkProperties.shape.p2pTime.unwrap(),
})
export type TorrentOffer = z.infer<typeof TorrentOffer>

/** Why there is no swarm. */
export const SwarmRefusal = z.enum([
  /** The console's port for peers is not open. */
  'portClosed',
  /** The torrent of the image cannot be made: the repository lacks a pack, for one. */
  'noTorrent',
])
export type SwarmRefusal = z.infer<typeof SwarmRefusal>

/** Computers that a message names. */
export const MAX_SWARM_MEMBERS = 2000

/** Who takes the image as well, from now on: addresses of computers. The others that call are strangers. */
export const SwarmMembers = z.object({ type: z.literal('members'), addresses: z.array(z.ipv4()).max(MAX_SWARM_MEMBERS) })
export type SwarmMembers = z.infer<typeof SwarmMembers>

export const TorrentConsoleMessage = z.discriminatedUnion('type', [
  /** The torrent is being made, which is done once for an image. Bytes. */
  z.object({ type: z.literal('hashing'), done: z.number().nonnegative(), total: z.number().nonnegative() }),
  TorrentOffer,
  SwarmMembers,
  /** There will be no swarm: whoever wants the image takes it by unicast. */
  z.object({ type: z.literal('unavailable'), reason: SwarmRefusal }),
])
export type TorrentConsoleMessage = z.infer<typeof TorrentConsoleMessage>
