import { describe, expect, test } from 'vitest'
import { textToBytes } from '#shared/wire/bytes.ts'
import { clientMessage, clientRequest, firmware, ipxe, MAC } from '../testing/clients.ts'
import { addressOf, parseRequest } from './request.ts'

describe('parseRequest', () => {
  test('recognises firmware that boots over the network', () => {
    expect(clientRequest('discover', firmware(7)).boot).toEqual({
      mac: MAC, architectures: [7], stage: 'firmware', protocol: 'pxe', uuid: '04030201-0605-0807-090a-0b0c0d0e0f10',
    })
    expect(clientRequest('discover', firmware(16, 'HTTP')).boot).toMatchObject({ architectures: [16], protocol: 'http' })
  })

  test('takes the architecture from the vendor class where option 93 is missing', () => {
    expect(clientRequest('discover', { vendorClass: 'PXEClient:Arch:00000:UNDI:002001' }).boot?.architectures).toEqual([0])
    expect(clientRequest('discover', { vendorClass: 'PXEClient' }).boot?.architectures).toEqual([])
  })

  test.each([
    ['option 175', { ipxe: Uint8Array.of(176, 1, 1) }],
    ['a bare user class', { userClass: textToBytes('iPXE') }],
    ['the user class of RFC 3004', { userClass: textToBytes('\x04iPXE') }],
  ])('recognises iPXE by %s', (_by, options) => {
    expect(clientRequest('discover', { ...firmware(0), ...options }).boot?.stage).toBe('ipxe')
  })

  test('takes other clients for what they are', () => {
    expect(clientRequest('discover', { vendorClass: 'MSFT 5.0' }).boot).toBeUndefined()
    expect(clientRequest('discover', ipxe(0)).boot?.stage).toBe('ipxe')
    expect(clientRequest('discover', { ...firmware(0), userClass: textToBytes('classroom') }).boot?.stage).toBe('firmware')
  })

  test('a card’s address is a group’s only by the lowest bit of its first byte', () => {
    const odd = Uint8Array.of(0x52, 0x55, 1, 1, 1, 1)
    expect(parseRequest(clientMessage('discover', {}, { hardwareAddress: odd })).mac).toBe('52:55:01:01:01:01')
    const group = Uint8Array.of(0x53, 0x54, 0, 0, 0, 0)
    expect(() => parseRequest(clientMessage('discover', {}, { hardwareAddress: group }))).toThrow(expect.objectContaining({ reason: 'bad-hardware-address' }))
  })

  test.each([
    ['not-a-request', clientMessage('offer', {}, { op: 'reply' })],
    ['not-ethernet', clientMessage('discover', {}, { hardwareType: 32 })],
    ['not-ethernet', clientMessage('discover', {}, { hardwareAddress: new Uint8Array(8) })],
    ['bad-hardware-address', clientMessage('discover', {}, { hardwareAddress: new Uint8Array(6) })],
    ['bad-hardware-address', clientMessage('discover', {}, { hardwareAddress: new Uint8Array(6).fill(255) })],
    ['truncated', new Uint8Array(100)],
  ])('refuses: %s', (reason, bytes) => {
    expect(() => parseRequest(bytes)).toThrow(expect.objectContaining({ name: 'DecodeError', reason }))
  })

  test('tells the address that the client has, or else asks for', () => {
    expect(addressOf(clientRequest('request', { requestedAddress: '10.77.0.9' }))).toBe('10.77.0.9')
    expect(addressOf(clientRequest('request', {}, { clientAddress: '10.77.0.8' }))).toBe('10.77.0.8')
    expect(addressOf(clientRequest('discover'))).toBeUndefined()
  })
})
