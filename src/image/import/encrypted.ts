/** What is encrypted is refused as that: without its key it looks like noise, and the sentence for noise helps nobody. */

/** eCryptfs' own (fs/ecryptfs/crypto.c): two words behind the file's size, of which the second is the first, exclusive-or this. */
const ECRYPTFS_MARKER = 0x3c81b7f5

const BEGINNINGS: readonly string[] = [
  'Salted__', // openssl enc
  '\x8c\x0d\x04', '\xc3\x0d\x04', // a key made of a passphrase (RFC 9580, packet 3 of version 4): gpg --symmetric
  '-----BEGIN PGP MESSAGE',
  'age-encryption.org/',
]

/** Whether a file's first bytes are those of an encrypted one. @param head 16 bytes at least */
export function isEncrypted(head: Uint8Array): boolean {
  const start = Buffer.from(head.subarray(0, 32)).toString('latin1')
  if (BEGINNINGS.some((beginning) => start.startsWith(beginning))) return true
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
  return head.length >= 16 && (view.getUint32(8) ^ view.getUint32(12)) === ECRYPTFS_MARKER
}

/** Whether a folder is one that Clonezilla encrypted: with eCryptfs, which leaves `ecryptfs.info` plain, or with gocryptfs. */
export function isEncryptedFolder(names: Iterable<string>): boolean {
  return [...names].some((name) => /^(?:ecryptfs\.info|gocryptfs\.(?:conf|diriv)|ECRYPTFS_FNEK_ENCRYPTED\..+)$/.test(name))
}
