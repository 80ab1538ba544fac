import { describe, expect, test } from 'vitest'
import type { Announce } from '../../wire/bittorrent/tracker.ts'
import { TrackerTable } from './tracker-table.ts'

const infoHash = new Uint8Array(20).fill(7)
const announce = (port: number, changes: Partial<Announce> = {}): Announce =>
  ({ infoHash, peerId: new Uint8Array(20), port, uploaded: 0, downloaded: 0, left: 100, compact: true, ...changes })
const tableOf = (changes = {}) => new TrackerTable({ interval: 30, maxPeers: 100, maxPerAddress: 8, random: () => 0, ...changes })

describe('TrackerTable', () => {
  test('tells everybody about the others, and seeds about those who lack something', () => {
    const table = tableOf()
    expect(table.announce(announce(1), '10.0.0.1', 0)).toEqual({ interval: 30, seeds: 0, leechers: 1, peers: [] })
    table.announce(announce(2, { left: 0 }), '10.0.0.2', 0)
    expect(table.announce(announce(3, { left: 0 }), '10.0.0.3', 0)).toEqual({ interval: 30, seeds: 2, leechers: 1, peers: [{ host: '10.0.0.1', port: 1 }] })
    expect(table.announce(announce(1), '10.0.0.1', 0).peers).toHaveLength(2)
  })

  test('forgets who stops, and who has not been heard for long', () => {
    const table = tableOf()
    table.announce(announce(1), '10.0.0.1', 0)
    table.announce(announce(2), '10.0.0.2', 40_000)
    expect(table.announce(announce(3), '10.0.0.3', 75_000).peers).toHaveLength(2)
    expect(table.announce(announce(3), '10.0.0.3', 75_001).peers).toEqual([{ host: '10.0.0.2', port: 2 }])
    expect(table.announce(announce(2, { event: 'stopped' }), '10.0.0.2', 75_001)).toMatchObject({ leechers: 1, peers: [] })
  })

  test('counts who has got it whole', () => {
    const table = tableOf()
    table.announce(announce(1, { left: 0, event: 'completed' }), '10.0.0.1', 0)
    expect(table.scrape(infoHash, 0)).toEqual({ infoHash, seeds: 1, leechers: 0, completed: 1 })
    table.remove(infoHash)
    expect(table.scrape(infoHash, 0)).toEqual({ infoHash, seeds: 0, leechers: 0, completed: 0 })
  })

  test('gives as many as are wanted, each once', () => {
    const table = tableOf({ random: Math.random })
    for (let host = 1; host <= 90; host += 1) table.announce(announce(1), `10.0.0.${host}`, 0)
    const { peers } = table.announce(announce(1, { wanted: 60 }), '10.0.1.1', 0)
    expect(new Set(peers.map(({ host }) => host)).size).toBe(60)
    expect(table.announce(announce(1), '10.0.1.1', 0).peers).toHaveLength(50)
    expect(table.announce(announce(1, { wanted: 0 }), '10.0.1.1', 0).peers).toHaveLength(0)
  })

  test('has room for some at an address, and for some in all', () => {
    const table = tableOf({ maxPeers: 10, maxPerAddress: 3 })
    for (let port = 1; port <= 9; port += 1) table.announce(announce(port), '10.0.0.1', 0)
    expect(table.scrape(infoHash, 0).leechers).toBe(3)
    for (let host = 2; host < 90; host += 1) table.announce(announce(1), `10.0.0.${host}`, 0)
    expect(table.scrape(infoHash, 0).leechers).toBe(10)
    expect(table.announce(announce(1), '10.0.0.2', 0).peers).toHaveLength(9)
  })
})
