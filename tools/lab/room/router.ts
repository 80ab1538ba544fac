/** The school's router: it gives addresses and knows nothing of PXE. */
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import type { CleanupStack } from '../host/cleanup.ts'
import { endChild, startInNamespace } from '../host/child.ts'
import { ROUTER_ADDRESS, type LabNetwork } from './network.ts'

function dnsmasqArgv(folder: string): string[] {
  return [
    'dnsmasq', '--keep-in-foreground', '--conf-file=/dev/null', '--log-facility=-', '--log-dhcp',
    // A change of user or group would undo that it dies with the lab (prctl(2), PR_SET_PDEATHSIG).
    '--user=root', '--group=root',
    `--pid-file=${join(folder, 'router.pid')}`, `--dhcp-leasefile=${join(folder, 'router.leases')}`,
    '--port=0', '--interface=eth0', '--bind-interfaces', '--no-ping',
    '--dhcp-range=10.77.0.100,10.77.0.200,1h', `--dhcp-option=3,${ROUTER_ADDRESS}`,
    // Without router advertisements the iPXE of QEMU's option ROMs waits 16 seconds for one.
    '--enable-ra', '--dhcp-range=fd77::,ra-only,64,1h', '--ra-param=eth0,4,1800',
  ]
}

export function startRouter(network: LabNetwork, folder: string, cleanup: CleanupStack): void {
  const log = createWriteStream(join(folder, 'router.log'))
  const child = startInNamespace(network.router, dnsmasqArgv(folder))
  child.process.stdout?.pipe(log, { end: false })
  child.process.stderr?.pipe(log, { end: false })
  cleanup.push('router', async () => {
    await endChild(child)
    log.end()
  })
}
