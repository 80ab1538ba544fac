import { describe, expect, test } from 'vitest'
import { parseDomainMap } from './domain-map.ts'

/** As partclone 0.3.23 writes it. */
const VFAT = `# Domain logfile created by unset_name v0.3.23
# Source: vfat.img
# Offset: 0x00000000
# current_pos  current_status
0x02800000     ?
#      pos        size  status
0x00000000  0x00018800  +
0x00018800  0x01000000  ?
0x01018800  0x00000200  +
0x01018A00  0x017E7600  ?
`.split('\n')

const withLine = (at: number, line: string) => VFAT.with(at, line)

describe('parseDomainMap', () => {
  test('reads what is in use, and where the filesystem ends', async () => {
    expect(await parseDomainMap(VFAT)).toEqual({
      size: 0x2800000,
      used: [{ offset: 0, length: 0x18800 }, { offset: 0x1018800, length: 0x200 }],
    })
  })

  test.each<[string, string[]]>([
    ['nothing', []],
    ['comments alone', VFAT.slice(0, 4)],
    ['a map that is cut off', VFAT.slice(0, 8)],
    ['a map with a gap', withLine(7, '0x00018900  0x01000000  ?')],
    ['a map with another status', withLine(7, '0x00018800  0x01000000  -')],
    ['a message among the lines', withLine(7, 'block 0 4127')],
    ['no size', withLine(4, '# 0x02800000     ?')],
    ['an absurd number', withLine(7, '0x00018800  0xFFFFFFFFFFFFFFFF  ?')],
  ])('refuses %s', async (_, lines) => {
    await expect(parseDomainMap(lines)).rejects.toThrow(expect.objectContaining({ code: 20 }))
  })
})
