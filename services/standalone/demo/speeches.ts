import type { Speech } from './real-server.ts'

/** Answers every request with a page, or with 500 when broken; one request a connection. */
export const http: Speech = {
  closes: true,
  connect: (isBroken) => (line) => {
    if (line !== '') return undefined
    const status = isBroken() ? '500 Internal Server Error' : '200 OK'
    const body = isBroken() ? 'broken\n' : 'ready\n'
    const headers = `Content-Length: ${body.length}\r\nConnection: close`
    return `HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${body}`
  },
}

/** Greets and takes EHLO, HELO, NOOP and QUIT (RFC 5321); broken, it refuses service with 421. */
export const smtp: Speech = {
  greeting: '220 demo ESMTP\r\n',
  brokenGreeting: '421 demo out of order\r\n',
  connect: () => (line) => {
    if (/^EHLO /i.test(line)) return '250-demo\r\n250 PIPELINING\r\n'
    if (/^QUIT/i.test(line)) return '221 bye\r\n'
    return /^(HELO |NOOP)/i.test(line) ? '250 ok\r\n' : '502 not implemented\r\n'
  },
}

/** Greets and takes CAPA, NOOP and QUIT (RFC 1939, RFC 2449); broken, it greets with -ERR. */
export const pop3: Speech = {
  greeting: '+OK demo ready\r\n',
  brokenGreeting: '-ERR maildrop out of order\r\n',
  connect: () => (line) => {
    if (/^CAPA/i.test(line)) return '+OK\r\nUSER\r\n.\r\n'
    return /^(QUIT|NOOP)/i.test(line) ? '+OK\r\n' : '-ERR unknown command\r\n'
  },
}

/** Answers RTSP requests (RFC 2326 section 10.1); broken, with 503. */
export const rtsp: Speech = {
  connect(isBroken) {
    let sequence = '0'
    return (line) => {
      sequence = /^CSeq:\s*(\d+)/i.exec(line)?.[1] ?? sequence
      if (line !== '') return undefined
      const status = isBroken() ? '503 Service Unavailable' : '200 OK'
      return `RTSP/1.0 ${status}\r\nCSeq: ${sequence}\r\nPublic: OPTIONS, DESCRIBE\r\n\r\n`
    }
  },
}
