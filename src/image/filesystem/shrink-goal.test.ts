import { describe, expect, test } from 'vitest'
import { parseMinimum as btrfsMinimum } from './btrfs.ts'
import { parseMinimum as extMinimum } from './ext.ts'
import { parseMinimum as ntfsMinimum } from './ntfs.ts'
import { roomFor, shrinkGoal } from './shrink-goal.ts'

const MB = 1024 ** 2
const GB = 1024 ** 3

describe('shrinkGoal', () => {
  test.each([
    [20 * GB, 1 * GB, 1128 * MB],
    [20 * GB, 1, 2 * MB],
    [1000 * MB, 805 * MB, 887 * MB],
  ])('of %i bytes that need %i: %i, whole MiB with a tenth to spare', (current, minimum, goal) => {
    expect(shrinkGoal(current, minimum)).toBe(goal)
  })

  test.each([[1000 * MB, 900 * MB], [1000 * MB, 1000 * MB], [1000 * MB, 1100 * MB]])(
    'of %i bytes that need %i: not worth it', (current, minimum) => {
      expect(shrinkGoal(current, minimum)).toBeUndefined()
    })
})

describe('what tools say that a filesystem needs', () => {
  test('resize2fs -P 1.47.0', () => {
    expect(extMinimum('Estimated minimum size of the filesystem: 26954\n')).toBe(26_954)
  })

  test('ntfsresize --info 2022.10.3', () => {
    expect(ntfsMinimum(`ntfsresize v2022.10.3 (libntfs-3g)
Device name        : n.img
NTFS volume version: 3.1
Cluster size       : 4096 bytes
Current volume size: 524284416 bytes (525 MB)
Current device size: 524288000 bytes (525 MB)
Checking filesystem consistency ...
Accounting clusters ...
Space in use       : 4 MB (0.6%)
Collecting resizing constraints ...
You might resize at 3096576 bytes or 4 MB (freeing 521 MB).
Please make a test run using both the -n and -s options before real resizing!
`)).toBe(3_096_576)
  })

  test('btrfs inspect-internal min-dev-size 6.2', () => {
    expect(btrfsMinimum('441450496 bytes (421.00MiB)\n')).toBe(441_450_496)
  })

  test.each([
    ['resize2fs', extMinimum, 'resize2fs: Bad magic number in super-block'],
    ['ntfsresize', ntfsMinimum, 'ERROR: Volume is full'],
    ['btrfs', btrfsMinimum, 'ERROR: not a btrfs filesystem'],
  ])('%s says something else', (_, parse, output) => {
    expect(() => parse(output)).toThrow(expect.objectContaining({ code: 17 }))
  })
})

describe('roomFor', () => {
  const meminfo = (available: number): string => `MemTotal:       1000000 kB\nMemFree:         500000 kB\nMemAvailable:    ${available} kB\n`

  test('256 MiB are enough for what 256 MiB less the tools can map, 64 MiB for nothing', () => {
    expect(roomFor(meminfo(256 * 1024))).toBe(192 * MB * 8192)
    expect(roomFor(meminfo(64 * 1024))).toBe(0)
    expect(roomFor(meminfo(1))).toBe(0)
  })

  test('when nobody says how much there is, nothing is risked', () => {
    expect(roomFor('')).toBe(0)
  })
})
