import { afterEach, expect, test, vi } from 'vitest'

const OPEN = '../../../services/shared/adapters/netlink/netlink-socket.ts'

afterEach(() => {
  vi.doUnmock('koffi')
  vi.resetModules()
  vi.restoreAllMocks()
})

async function open() {
  const module: typeof import('../../../services/shared/adapters/netlink/netlink-socket.ts') =
    await import(OPEN)
  return module.openNetlinkSocket()
}

test('where koffi cannot be loaded, says so and what else there is', async () => {
  vi.doMock('koffi', () => {
    throw new Error('wrong ELF class')
  })
  await expect(open()).rejects.toMatchObject({
    code: 'ipvs.no-koffi',
    message: expect.stringContaining('--table ipvsadm'),
  })
})

test('where there is no Linux, says so and what else there is', async () => {
  vi.spyOn(process, 'platform', 'get').mockReturnValue('darwin')
  await expect(open()).rejects.toMatchObject({
    code: 'ipvs.platform',
    message: 'IPVS is part of Linux and this is darwin: use --table memory',
  })
})

const answers = (result: number, errno: number) => ({
  load: () => ({
    func: (definition: string) => (definition.includes('recv') ? () => result : () => 3),
  }),
  errno: () => errno,
  sizeof: () => 8,
})

test.each([
  [11, 'ipvs.timeout', 'the kernel gave no answer in 5 s'],
  [105, 'ipvs.overrun', 'answers of the kernel were lost (ENOBUFS)'],
  [9, 'ipvs.io', 'cannot read from the kernel (EBADF)'],
])('errno %i of a receive is %s, to be tried again later', async (errno, code, message) => {
  vi.doMock('koffi', () => answers(-1, errno))
  const socket = await open()
  expect(() => socket.receive()).toThrow(
    expect.objectContaining({ code, message, retryable: true }),
  )
})

test('an answer that did not fit is not taken for a whole one', async () => {
  vi.doMock('koffi', () => answers(1_000_000, 0))
  const socket = await open()
  expect(() => socket.receive()).toThrow('a netlink answer of 1000000 bytes is too large')
})
