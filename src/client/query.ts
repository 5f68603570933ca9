// A named query and its parameters in; its rows out, again whenever they have changed.
import {applyDelta} from './delta.ts'
import type {Line} from './line.ts'
import type {ClientError, Warning} from './model.ts'
import type {Answer, Json, Request, Row} from './protocol.ts'
import {Wish} from './wish.ts'

export interface QueryEvents<R> {
  rows: readonly R[]
  warning: Warning
  /** Where code is `failed`, this run has failed: the rows are those of the one before, and it runs again. */
  error: ClientError
}

export class Query<R = Row> extends Wish<QueryEvents<R>> implements AsyncIterable<readonly R[]> {
  readonly #params?: Readonly<Record<string, Json>>
  #rows?: readonly Row[]
  #key: readonly string[] = []
  #version = 0

  constructor(line: Line, name: string, params?: Readonly<Record<string, Json>>) {
    super(line, name)
    this.#params = params
  }

  /** What was told last; undefined: nothing yet. */
  get rows(): readonly R[] | undefined {
    return this.#rows as readonly R[] | undefined
  }

  [Symbol.asyncIterator](): AsyncIterator<readonly R[]> {
    return this.follow(['rows'], {isLatest: true, ...(this.rows && {first: this.rows})})
  }

  /** @internal */
  request(id: string): Request {
    this.#version = 0
    return {type: 'query', id, name: this.name, ...(this.#params && {params: this.#params})}
  }

  /** @internal */
  hear(answer: Answer): void {
    if (answer.type === 'warning') this.emit('warning', answer)
    else if (answer.type === 'rows') {
      this.#key = answer.key
      this.#tell(answer.rows, answer.version)
    } else if (answer.type === 'delta') {
      if (this.#rows && answer.version === this.#version + 1)
        this.#tell(applyDelta(this.#rows, this.#key, answer), answer.version)
      else this.line.again(this)
    }
  }

  /** @internal */
  override fail(error: ClientError): boolean {
    return error.code === 'failed' ? this.emit('error', error) : super.fail(error)
  }

  #tell(rows: readonly Row[], version: number): void {
    this.#rows = rows
    this.#version = version
    this.emit('rows', rows as readonly R[])
  }
}
