import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Files of a throwaway authority and of a certificate it signed. */
export interface Certificates {
  readonly ca: string
  readonly cert: string
  readonly key: string
  /** The same name and key, but valid only in the past. */
  readonly expired: string
}

/**
 * Makes an authority and certificates for `shop.test`, 127.0.0.1 and ::1 with the openssl program.
 */
export function makeCertificates(dir: string): Certificates {
  const file = (name: string): string => join(dir, name)
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: 'pipe', cwd: dir })
  }
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test CA')
  openssl('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=shop.test')
  writeFileSync(file('names'), 'subjectAltName=DNS:shop.test,IP:127.0.0.1,IP:::1\n')
  const sign = ['x509', '-req', '-in', 'server.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key']
  openssl(...sign, '-CAcreateserial', '-extfile', 'names', '-days', '2', '-out', 'server.pem')
  writeFileSync(file('index'), '')
  writeFileSync(
    file('ca.cnf'),
    '[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\n' +
      'policy=p\nrand_serial=yes\nunique_subject=no\n[p]\ncommonName=supplied\n',
  )
  const past = ['-startdate', '20200101000000Z', '-enddate', '20200201000000Z']
  const authority = ['-cert', 'ca.pem', '-keyfile', 'ca.key', '-extfile', 'names']
  const input = ['-batch', '-notext', '-in', 'server.csr', '-out', 'expired.pem']
  openssl('ca', '-config', 'ca.cnf', ...authority, ...past, ...input)
  return {
    ca: file('ca.pem'),
    cert: file('server.pem'),
    key: file('server.key'),
    expired: file('expired.pem'),
  }
}
