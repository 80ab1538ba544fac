import { expect, test } from 'vitest'
import { Candidates } from './candidates.ts'

const at = (number: number) => ({ host: `10.0.0.${number}`, port: 6881 })

test('are called once at a time, those that failed later and after the others', () => {
  const candidates = new Candidates(() => 1)
  candidates.add([at(1), at(2), at(2), { host: '10.0.0.3', port: 0 }])
  expect(candidates.due(9, 0)).toEqual([at(1), at(2)])
  const call = candidates.called(at(1))
  expect([candidates.dialing, candidates.due(9, 0)]).toEqual([1, [at(2)]])
  call.ended(0)
  expect(candidates.due(9, 999)).toEqual([at(2)])
  expect(candidates.due(9, 1000)).toEqual([at(2), at(1)])
  expect(candidates.due(1, 1000)).toEqual([at(2)])
  expect(candidates.due(9, 1000, ({ host }) => host === at(1).host)).toEqual([at(1)])
  expect(candidates.due(0, 1000)).toEqual([])
})

test('who was connected is called again soon', () => {
  const candidates = new Candidates(() => 1)
  candidates.add([at(1)])
  for (let failed = 0; failed < 5; failed += 1) candidates.called(at(1)).ended(0)
  const call = candidates.called(at(1))
  call.answered()
  expect([candidates.dialing, candidates.due(9, 1e9)]).toEqual([0, []])
  call.ended(0)
  expect(candidates.due(9, 1000)).toEqual([at(1)])
})

test('are forgotten after many failures, and are not remembered without bound', () => {
  const candidates = new Candidates(() => 1)
  candidates.add([at(1)])
  for (let failed = 0; failed <= 20; failed += 1) candidates.called(at(1)).ended(0)
  expect(candidates.due(9, 1e9)).toEqual([])
  candidates.add(Array.from({ length: 5000 }, (_, port) => ({ host: '10.0.0.1', port: port + 1 })))
  expect(candidates.due(9999, 1e9)).toHaveLength(1000)
})
