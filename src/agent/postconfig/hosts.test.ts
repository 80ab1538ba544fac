import { describe, expect, test } from 'vitest'
import { renameInHosts } from './hosts.ts'

describe('renameInHosts', () => {
  test.each([
    ['changes Debian’s line', '127.0.0.1\tlocalhost\n127.0.1.1\told\n', '127.0.0.1\tlocalhost\n127.0.1.1\tnew\n'],
    ['drops the old domain name', '127.0.1.1 old.example.org old alias\n', '127.0.1.1 new alias\n'],
    ['keeps a comment', '127.0.1.1 old # by hand\n', '127.0.1.1 new # by hand\n'],
    ['adds the line where there is none', '127.0.0.1 localhost\n::1 localhost\n', '127.0.0.1 localhost\n127.0.1.1\tnew\n::1 localhost\n'],
    ['changes loopback lines', '127.0.0.1 localhost old\n::1 old old6\n', '127.0.0.1 localhost new\n127.0.1.1\tnew\n::1 new old6\n'],
    ['leaves other hosts and comments alone', '#127.0.1.1 old\n10.0.0.1 old\n127.0.1.1 old\n', '#127.0.1.1 old\n10.0.0.1 old\n127.0.1.1 new\n'],
  ])('%s', (_, before, after) => {
    expect(renameInHosts(before, 'old', 'new')).toBe(after)
  })

  test('never renames localhost, and changes nothing twice', () => {
    expect(renameInHosts('127.0.0.1 localhost\n', 'localhost', 'new')).toBe('127.0.0.1 localhost\n127.0.1.1\tnew\n')
    const once = renameInHosts('127.0.0.1 localhost\n127.0.1.1 old\n', 'old', 'new')
    expect(renameInHosts(once, 'new', 'new')).toBe(once)
  })
})
