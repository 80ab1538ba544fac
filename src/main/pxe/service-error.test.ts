import { describe, expect, test } from 'vitest'
import { BootServiceError, hintFor } from './service-error.ts'

const endpoint = { protocol: 'udp' as const, address: '10.77.0.1', port: 67 }

describe('BootServiceError', () => {
  test.each([
    ['EADDRINUSE', 'port-taken'],
    ['EACCES', 'not-permitted'],
    ['EPERM', 'not-permitted'],
    ['EADDRNOTAVAIL', 'no-such-address'],
    ['EIO', 'other'],
  ])('%s is %s', (code, failure) => {
    const cause = Object.assign(new Error(code), { code })
    expect(BootServiceError.from(cause, endpoint)).toMatchObject({ failure, endpoint, cause })
  })

  test('says how to mend it on this system', () => {
    expect(hintFor('not-permitted', endpoint, 'linux')).toContain('setcap cap_net_bind_service=+ep')
    expect(hintFor('not-permitted', { ...endpoint, port: 4011 }, 'linux')).toContain('ip_unprivileged_port_start=67')
    expect(hintFor('not-permitted', endpoint, 'win32')).toContain('administrator')
    expect(hintFor('port-taken', endpoint, 'linux')).toContain('ss -ulpn')
    expect(hintFor('port-taken', { ...endpoint, protocol: 'tcp' }, 'linux')).toContain('ss -tlpn')
    expect(hintFor('no-such-address', endpoint, 'linux')).toContain('10.77.0.1')
  })
})
