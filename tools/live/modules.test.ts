import { describe, expect, test } from 'vitest'
import { parseModulesDep, selectModules } from './modules.ts'

const DEP = `kernel/fs/ext4/ext4.ko.xz: kernel/fs/jbd2/jbd2.ko.xz kernel/fs/mbcache.ko.xz
kernel/fs/jbd2/jbd2.ko.xz:
kernel/fs/mbcache.ko.xz:
kernel/drivers/net/mii.ko:
kernel/drivers/net/usb/usbnet.ko: kernel/drivers/net/mii.ko
kernel/drivers/net/usb/asix.ko: kernel/drivers/net/usb/usbnet.ko kernel/drivers/net/mii.ko
kernel/drivers/net/usb/qmi_wwan.ko: kernel/drivers/net/usb/usbnet.ko
`

const select = (...patterns: string[]) => selectModules(parseModulesDep(DEP), patterns)

describe('selectModules', () => {
  test('brings what the chosen modules need', () => {
    expect(select('fs/ext4/*')).toEqual([
      'kernel/fs/ext4/ext4.ko.xz', 'kernel/fs/jbd2/jbd2.ko.xz', 'kernel/fs/mbcache.ko.xz',
    ])
    expect(select('drivers/net/usb/asix')).toEqual([
      'kernel/drivers/net/mii.ko', 'kernel/drivers/net/usb/asix.ko', 'kernel/drivers/net/usb/usbnet.ko',
    ])
  })

  test('takes away what a later ! pattern names, unless something chosen needs it', () => {
    expect(select('drivers/net/usb/*', '!drivers/net/usb/qmi_wwan')).not.toContain('kernel/drivers/net/usb/qmi_wwan.ko')
    expect(select('drivers/net/usb/*', '!drivers/net/usb/usbnet')).toContain('kernel/drivers/net/usb/usbnet.ko')
  })

  test('refuses a pattern that fits nothing: a driver would be missing in silence', () => {
    expect(() => select('drivers/net/renamed')).toThrow('no kernel module is named drivers/net/renamed')
    expect(() => select('fs/**', '!fs/gone')).toThrow('!fs/gone')
  })
})
