import { describe, expect, test } from 'vitest'
import { parseMadison, parseSimulation, parseUris, sourcesList } from './apt.ts'
import { chooseMirror } from './mirror.ts'

test('a simulated installation names its packages', () => {
  const output = 'Inst libc6 (2.36-9 Debian:12.12/oldstable [amd64]) []\nInst kmod (30 Debian:12 [amd64])\nConf kmod (30 Debian:12 [amd64])\n'
  expect(parseSimulation(output)).toEqual(['kmod', 'libc6'])
})

test('madison lists every version served', () => {
  const output = ' libc6 | 2.36-9+deb12u14 | https://mirror.example/debian bookworm/main amd64 Packages\n' +
    ' libc6 | 2.36-9+deb12u7 | https://mirror.example/security bookworm-security/main amd64 Packages\n'
  expect(parseMadison(output).get('libc6')).toEqual(new Set(['2.36-9+deb12u14', '2.36-9+deb12u7']))
})

test('addresses give name, version with its epoch, hash and file', () => {
  const line = `'https://mirror.example/e/ethtool_6.1-1_amd64.deb' ethtool_1%3a6.1-1_amd64.deb 196612 SHA256:${'0'.repeat(64)}\n`
  expect(parseUris(line)).toEqual([
    { name: 'ethtool', version: '1:6.1-1', sha256: '0'.repeat(64), file: 'ethtool_1%3a6.1-1_amd64.deb' },
  ])
  expect(parseUris(line.replace('SHA256', 'MD5Sum'))).toEqual([])
})

test('sources: the suite, its updates, and its security fixes when the mirror has them', () => {
  const mirror = { main: 'https://mirror.example/debian', security: 'https://mirror.example/security' }
  expect(sourcesList('trixie', mirror, false)).toBe(`deb https://mirror.example/debian trixie main
deb https://mirror.example/debian trixie-updates main
deb https://mirror.example/security trixie-security main
`)
  expect(sourcesList('trixie', { ...mirror, security: undefined }, true)).not.toContain('security main')
})

describe('chooseMirror', () => {
  test("finds Debian's archive among other repositories", () => {
    const targets = `https://packages.example/apt cloud-tools-bookworm main $(SIGNED_BY)
https://node.example/node_20.x nodistro main
https://mirror.example/debian/ bookworm-updates main
https://mirror.example/debian/ bookworm main
https://mirror.example/debian-security/ bookworm-security main
`
    expect(chooseMirror(targets)).toEqual({
      main: 'https://mirror.example/debian',
      security: 'https://mirror.example/debian-security',
    })
  })

  test('does without security fixes, and not without an archive', () => {
    expect(chooseMirror('https://mirror.example/debian stable main\n')).toEqual({ main: 'https://mirror.example/debian', security: undefined })
    expect(chooseMirror('https://archive.example/ubuntu noble main\n')).toBeUndefined()
    expect(chooseMirror('')).toBeUndefined()
  })
})
