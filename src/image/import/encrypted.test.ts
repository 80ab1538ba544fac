import { expect, test } from 'vitest'
import { isEncrypted, isEncryptedFolder } from './encrypted.ts'

/** The beginning of a file of 4096 bytes in eCryptfs: its size, and the marker around a random word. */
function ecryptfs(word: number): Buffer {
  const head = Buffer.alloc(32)
  head.writeBigUInt64BE(4096n)
  head.writeUInt32BE(word, 8)
  head.writeUInt32BE((word ^ 0x3c81b7f5) >>> 0, 12)
  return head
}

test.each<[string, Buffer]>([
  ['eCryptfs', ecryptfs(0x12345678)],
  ['eCryptfs with another word', ecryptfs(0xfedcba98)],
  ['openssl', Buffer.from('Salted__12345678xxxxxxxx')],
  ['gpg', Buffer.from('8c0d04090302aabbccddeeff00112233', 'hex')],
  ['gpg in letters', Buffer.from('-----BEGIN PGP MESSAGE-----\n\n')],
  ['age', Buffer.from('age-encryption.org/v1\n-> scrypt')],
])('%s is encrypted', (_, head) => {
  expect(isEncrypted(head)).toBe(true)
})

test.each<[string, Buffer]>([
  ['partclone', Buffer.from('partclone-image\0x.y.z')], ['nothing', Buffer.alloc(0)], ['zeros', Buffer.alloc(32)], ['little', Buffer.from('Salt')],
])('%s is not', (_, head) => {
  expect(isEncrypted(head)).toBe(false)
})

test('folders of Clonezilla that are encrypted are known by what stays plain', () => {
  expect(isEncryptedFolder(['ecryptfs.info', 'parts'])).toBe(true)
  expect(isEncryptedFolder(['gocryptfs.conf'])).toBe(true)
  expect(isEncryptedFolder(['ECRYPTFS_FNEK_ENCRYPTED.FWZabc'])).toBe(true)
  expect(isEncryptedFolder(['clonezilla-img', 'parts', 'sda-pt.sf'])).toBe(false)
})
