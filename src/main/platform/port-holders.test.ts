import { expect, test } from 'vitest'
import { hears, parseHolders, programsOf } from './port-holders.ts'

/** Of iproute2 6.1, as root; the last line as another user sees it. */
const SS = `UNCONN 0      0        10.77.0.1:67        0.0.0.0:*    users:(("dhcpd",pid=812,fd=7))
UNCONN 0      0      0.0.0.0%virbr0:67        0.0.0.0:*    users:(("dnsmasq",pid=1024,fd=3),("dnsmasq",pid=1025,fd=3))
LISTEN 0      511               *:7400              *:*    users:(("MainThread",pid=5,fd=21))
UNCONN 0      0          0.0.0.0:67        0.0.0.0:*
`

const nameOf = (pid: number): string | undefined => (pid === 5 ? 'node' : undefined)

test('reads what ss prints', () => {
  expect(parseHolders(SS, nameOf)).toEqual([
    { address: '10.77.0.1', card: '', program: 'dhcpd, PID 812' },
    { address: '0.0.0.0', card: 'virbr0', program: 'dnsmasq, PID 1024' },
    { address: '*', card: '', program: 'node, PID 5' },
    { address: '0.0.0.0', card: '', program: '' },
  ])
  expect(parseHolders('\n', nameOf)).toEqual([])
})

test('names each program once, and none when none is told', () => {
  const [dhcpd, dnsmasq, , unnamed] = parseHolders(SS, nameOf)
  expect(programsOf([dhcpd!, dnsmasq!, dnsmasq!, unnamed!])).toBe('dhcpd, PID 812; dnsmasq, PID 1024')
  expect(programsOf([unnamed!])).toBeUndefined()
})

test('who listens on another card, or on another address, hears nothing of this one', () => {
  const eth0 = { name: 'eth0', address: '10.77.0.1' }
  expect(parseHolders(SS, nameOf).map((holder) => hears(holder, eth0))).toEqual([true, false, true, true])
  expect(hears({ address: '0.0.0.0', card: 'eth0', program: '' }, eth0)).toBe(true)
  expect(hears({ address: '192.168.122.1', card: '', program: '' }, eth0)).toBe(false)
})
