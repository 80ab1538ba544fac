import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { SequentialReader } from './sequential-reader.ts'

describe('SequentialReader', () => {
  test('gives exact lengths whatever the chunks are', async () => {
    const reader = new SequentialReader(Readable.from([Buffer.from('abc'), Buffer.from('d'), Buffer.from('efghij')]))
    expect(String(await reader.next(2))).toBe('ab')
    expect(String(await reader.next(0))).toBe('')
    expect(String(await reader.next(5))).toBe('cdefg')
    expect(String(await reader.next(9))).toBe('hij')
    expect(String(await reader.next(1))).toBe('')
  })

  test('passes the stream\'s failure on', async () => {
    const reader = new SequentialReader(new Readable({ read() { this.destroy(new Error('disk')) } }))
    await expect(reader.next(1)).rejects.toThrow('disk')
  })

  test('lets go of the stream', async () => {
    const stream = Readable.from([Buffer.from('abc')])
    const reader = new SequentialReader(stream)
    await reader.next(1)
    reader.close()
    expect(stream.destroyed).toBe(true)
  })
})
