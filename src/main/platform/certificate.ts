/**
 * The console's identity: a self-signed certificate that is made once per data folder. Agents pin its
 * fingerprint (it is on their kernel command line), so it must survive restarts and updates.
 */
import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import { writePrivateFile } from './private-file.ts'

export interface ConsoleCertificate {
  /** PEM, for `node:https`. */
  key: string
  cert: string
  /** SHA-256 of the certificate's DER, 64 lower-case hexadecimal digits: what agents compare. */
  fingerprint: string
}

const FILE = 'console.pem'
const YEARS = 10
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/
const PRIVATE_KEY = /-----BEGIN (?:EC )?PRIVATE KEY-----[\s\S]+?-----END (?:EC )?PRIVATE KEY-----/

/** Key and certificate share one file, so that half of them cannot be lost. */
async function create(path: string): Promise<void> {
  const notAfterDate = new Date()
  notAfterDate.setFullYear(notAfterDate.getFullYear() + YEARS)
  const made = await generate([{ name: 'commonName', value: 'Clonaula console' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notAfterDate,
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [{ type: 2, value: 'localhost' }, { type: 2, value: hostname() }, { type: 7, ip: '127.0.0.1' }],
      },
    ],
  })
  writePrivateFile(path, `${made.private.trim()}\n${made.cert.trim()}\n`)
}

/** Reads the certificate of a data folder; makes it the first time. A damaged file is an error, never replaced. */
export async function consoleCertificate(folder: string): Promise<ConsoleCertificate> {
  const path = join(folder, FILE)
  if (!existsSync(path)) await create(path)
  const text = readFileSync(path, 'utf8')
  const cert = CERTIFICATE.exec(text)?.[0]
  const key = PRIVATE_KEY.exec(text)?.[0]
  if (!cert || !key) throw new Error(`${path} does not hold a certificate and its key`)
  return { key, cert, fingerprint: fingerprint(cert) }
}

function fingerprint(cert: string): string {
  return new X509Certificate(cert).fingerprint256.replaceAll(':', '').toLowerCase()
}
