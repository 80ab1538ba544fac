import { expect, test } from 'vitest'
import { measuredTable, methodsTable } from './measured.ts'
import type { BootReport, ComputerReport, LabReport, OperationReport } from './report.ts'

const boot = (into: BootReport['into'], seconds: number, ...steps: [string, number][]): BootReport =>
  ({ into, seconds, phases: steps.map(([phase, at]) => ({ seconds: at, phase, detail: '' })) })

const operation = (kind: OperationReport['kind'], bytes: number): OperationReport => ({
  kind, code: 0, message: '', seconds: 10, bytesRead: bytes, bytesReceived: 1, bytesSent: 1, bytesWritten: bytes,
})

const report = (computers: ComputerReport[]): LabReport => ({
  ok: true, startedAt: '', seconds: 99.6, computers,
  host: { processor: '', processors: 2, memory: 24_000, load: 0.42 },
  options: {
    computers: 2, firmware: 'uefi', disk: 'nvme', nic: 'e1000', memory: 1024, method: 'UNICAST-DIRECT', ntfs: false, once: true,
  },
})

test('starts are those of the restored computer, and a phase counts when it is over', () => {
  const steps: [string, number][] = [['menu', 3.4], ['kernel', 3.5], ['kernel', 8.1], ['root', 8.2], ['root', 12.4], ['agent', 20]]
  const pcs: ComputerReport[] = [
    { name: 'pc-01', mac: '', boots: [boot('live system', 1, ['menu', 1])], operations: [operation('capture', 320e6)] },
    {
      name: 'pc-02', mac: '', operations: [operation('restore', 310e6)],
      boots: [boot('live system', 20, ...steps), boot('own disk', 31.2)],
    },
  ]
  expect(measuredTable([report(pcs)]).split('\n')[2]).toBe(
    '| uefi | nvme | e1000 | 2 | 0.4 | 3 | 8 | 12 | 20 | 10 s, 320 MB, 32.0 MB/s | 10 s, 310 MB, 31.0 MB/s | 31 | 100 |',
  )
})

test('what was not reached is a dash', () => {
  const alone: ComputerReport = { name: 'pc-01', mac: '', boots: [], operations: [] }
  expect(measuredTable([report([alone])]).split('\n')[2]).toBe(
    '| uefi | nvme | e1000 | 1 | 0.4 | – | – | – | – | – | – | – | 100 |',
  )
})

test('of a method: the slowest of the computers, what was sent, and the second time out of the CACHE', () => {
  const restored = (first: number, own: number): ComputerReport => ({
    name: '', mac: '', boots: [boot('own disk', own)],
    operations: [operation('prepareCache', 0), { ...operation('restore', 320e6), seconds: first, bytesReceived: 94e6 }, operation('restore', 320e6)],
  })
  const lab = report([{ name: 'pc-01', mac: '', boots: [], operations: [operation('capture', 1)] }, restored(41, 30), restored(44, 28)])
  lab.options.method = 'TORRENT-CACHE'
  lab.transfer = { method: 'TORRENT-CACHE', computers: 2, image: 94e6, sent: { console: 110e6, computers: 92e6 } }
  expect(methodsTable([lab]).split('\n')[2]).toBe('| TORRENT-CACHE | 3 | 0.4 | 44 s | 94 MB | 110 MB | 92 MB | 10 s | 30 s | 100 s |')
  expect(methodsTable([report([])]).split('\n')[2]).toBe('| UNICAST-DIRECT | 0 | 0.4 | – | – | – | – | – | – | 100 s |')
})
