import { expect, test } from 'vitest'
import type { ComputerReport, LabReport } from './report.ts'
import { table } from './table.ts'

const computer = (more: Partial<ComputerReport>): ComputerReport =>
  ({ name: 'pc-01', mac: '', boots: [], operations: [], ...more })
const nothing = { code: 0, message: 'ok', bytesRead: 0, bytesReceived: 0, bytesSent: 0, bytesWritten: 0 }
const lab = (...computers: ComputerReport[]): LabReport => ({
  ok: true, startedAt: '', seconds: 1, computers,
  host: { processor: '', processors: 2, memory: 24_000, load: 0 },
  options: {
    computers: 1, firmware: 'bios', disk: 'virtio', nic: 'virtio', memory: 1024, method: 'UNICAST-DIRECT',
    ntfs: false, once: true,
  },
})

test('one line for each computer, in columns', () => {
  const [headings, first] = table(lab(computer({
    boots: [{ into: 'live system', seconds: 16.2, phases: [] }, { into: 'own disk', seconds: 35, phases: [] }],
    operations: [
      { ...nothing, kind: 'restore', seconds: 10, method: 'UNICAST-DIRECT', bytesReceived: 5e6, bytesWritten: 320e6 },
      { ...nothing, kind: 'restart', seconds: 0.1 },
    ],
    system: { hostName: 'pc-01' },
  }))).split('\n')
  expect(first).toMatch(/^pc-01 +16\.2 s +restore 10\.0 s +UNICAST-DIRECT +5 MB +320 MB +32\.0 MB\/s +- +35\.0 s +pc-01 +ok$/)
  expect(headings?.indexOf('result')).toBe(first?.indexOf('ok'))
})

test('by way of the CACHE: what is in it, and below what the switch counted', () => {
  const report = lab(computer({ cache: { partition: 4, size: 700e6, free: 600e6, images: ['lab'] } }))
  report.transfer = { method: 'TORRENT-CACHE', computers: 2, image: 94e6, sent: { console: 110e6, computers: 92.4e6 } }
  const lines = table(report).split('\n')
  expect(lines[1]).toContain('lab (600 MB free)')
  expect(lines.at(-1)).toBe('TORRENT-CACHE, 94 MB to 2 computers: the console sent 110 MB, the computers 92 MB')
})

test('a failure says at which step', () => {
  expect(table(lab(computer({ failure: { step: 'boot', message: 'live agent: nothing in 300 s', serial: [] } }))))
    .toContain('FAILED at boot: live agent: nothing in 300 s')
})

test('a story that was stopped is not a success', () => {
  expect(table(lab(computer({})))).toMatch(/unfinished$/)
})
