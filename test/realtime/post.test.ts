// Frames and sockets in; what is written to each, and when, out.
import {Duplex, type Writable} from 'node:stream'
import {describe, expect, it} from 'vitest'
import * as ws from 'ws'
import {frameOf, Parcel, Post} from '../../src/realtime/post.ts'

/** What the library's types leave out. */
const {Receiver} = ws as unknown as {Receiver: new (options: object) => Writable}

class Line extends Duplex {
  readonly written: Buffer[] = []
  override _read(): void {}
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.written.push(chunk)
    done()
  }
}

function read(bytes: Buffer): Promise<string[]> {
  const found: string[] = []
  const receiver = new Receiver({isServer: false})
  receiver.on('message', (data: Buffer) => found.push(data.toString()))
  return new Promise((resolve, reject) => {
    receiver.once('error', reject)
    receiver.end(bytes, () => setImmediate(() => resolve(found)))
  })
}

describe('frames', () => {
  it('of any length are what a client reads', async () => {
    const texts = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000].map((length) => 'x'.repeat(length))
    const all = [...texts, 'é'.repeat(63), '💧'.repeat(40_000)]
    expect(await read(Buffer.concat(all.map(frameOf)))).toEqual(all)
  })
})

describe('a turn', () => {
  it('writes once to each socket, in the order of what it was sent', async () => {
    const post = new Post()
    const lines = [new Line(), new Line(), new Line()]
    const parcels = lines.map((line) => new Parcel(post, line))
    const [a, b, c] = ['a', 'b', 'c'].map(frameOf)
    for (const frame of [a!, b!, c!]) for (const parcel of parcels.slice(0, 2)) parcel.add(frame)
    parcels[2]!.add(a!)
    parcels[2]!.add(c!)
    expect(lines.flatMap(({written}) => written)).toEqual([])
    await Promise.resolve()
    expect(lines.map(({written}) => written.length)).toEqual([1, 1, 1])
    expect(await read(lines[0]!.written[0]!)).toEqual(['a', 'b', 'c'])
    expect(await read(lines[2]!.written[0]!)).toEqual(['a', 'c'])
    // equal ones are the same bytes
    expect(lines[1]!.written[0]).toBe(lines[0]!.written[0])
    for (const parcel of parcels) parcel.add(b!)
    await Promise.resolve()
    expect(lines.map(({written}) => written[1])).toEqual([b, b, b])
  })

  it('does not hold much, nor what is to be sent before something else', async () => {
    const line = new Line()
    const parcel = new Parcel(new Post(), line)
    const large = frameOf('x'.repeat(40_000))
    const sent: string[] = []
    parcel.add(large)
    expect(line.written.length).toBe(0)
    parcel.sent = () => sent.push('large')
    parcel.add(large)
    expect(line.written.length).toBe(1)
    parcel.add(frameOf('small'))
    parcel.send()
    expect(line.written.length).toBe(2)
    expect(parcel.bytes).toBe(0)
    await new Promise(setImmediate)
    expect(sent).toEqual(['large'])
    parcel.add(large)
    await Promise.resolve()
    expect(line.written.length).toBe(3)
  })
})
