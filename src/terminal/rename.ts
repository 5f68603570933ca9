// What may be renames in; a person's answers, a refusal, or a note of each out.
import {Flags} from '@oclif/core'
import type {Candidate} from '../diff/candidates.ts'
import {PgextError} from '../errors.ts'
import type {Difference, RenameAnswers} from '../walk/model.ts'
import {askYes} from './ask.ts'

export const renameFlags = {
  rename: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'KIND OLD=NEW',
    description: "what is a rename, such as 'table public.a=public.b'; once for each",
  }),
  'no-rename': Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    // indented as flags without a letter are
    helpLabel: '    --no-rename',
    helpValue: 'KIND OLD',
    description: "what is none, and goes for good, such as 'table public.a', or all; once for each",
  }),
}

export interface RenameFlags {
  readonly rename?: readonly string[]
  readonly 'no-rename'?: readonly string[]
}

export async function answersIn({rename = [], 'no-rename': no = []}: RenameFlags): Promise<RenameAnswers> {
  if (rename.length === 0 && no.length === 0) return {yes: [], no: new Set()}
  const {goneIn, renameIn} = await import('../diff/answer.ts')
  return {yes: rename.map(renameIn), no: no.includes('all') ? 'all' : new Set(no.map(goneIn))}
}

/** Asks for each in turn, and looks again: one rename may show the next. */
export async function settleByAsking(
  answers: RenameAnswers,
  asks: boolean,
  look: (answers: RenameAnswers, asks: boolean) => Promise<Difference>,
  asker: (question: string) => Promise<boolean> = askYes,
): Promise<Difference> {
  for (let known = answers; ; ) {
    const difference = await look(known, asks)
    if (!asks || difference.candidates.length === 0) return difference
    for (const candidate of difference.candidates) known = await ask(candidate, known, asker)
  }
}

async function ask(
  candidate: Candidate,
  {yes, no}: RenameAnswers,
  asker: (question: string) => Promise<boolean>,
): Promise<RenameAnswers> {
  const {kind, name, signature, from, old, now, loses} = candidate
  const otherwise = loses ? `${oneLine(old)} goes with what it holds` : 'the one goes, the other is made'
  const isRename = await asker(`is ${oneLine(now)} what ${oneLine(old)} was, renamed? (no: ${otherwise})`)
  if (isRename) return {yes: [...yes, {kind, name, signature, from}], no}
  return {yes, no: no === 'all' ? no : new Set([...no, old])}
}

/** Nothing is dropped that may only have got another name, and holds something. */
export function refuseOpen({candidates}: Difference): void {
  const losing = candidates.filter(({loses}) => loses)
  if (losing.length === 0) return
  const list = losing.map(({old, now}) => `  ${oneLine(now)} looks like ${oneLine(old)}`).join('\n')
  const flags = losing.map((one) => `  ${flagFor(one)}\n  or ${goneFor(one)}`).join('\n')
  throw new PgextError('data-loss', `what goes may be what comes, renamed, and nothing was written:\n${list}`, {
    hint: `say for each whether it is:\n${flags}`,
  })
}

/** @param which those that refuseOpen passes, where it has been asked */
export function candidateNotes({candidates}: Difference, which: 'all' | 'passed' = 'all'): string[] {
  const noted = which === 'all' ? candidates : candidates.filter(({loses}) => !loses)
  return noted.map((one) => {
    const made = one.loses ? '' : ', and is made anew'
    return `${oneLine(one.now)} may be ${oneLine(one.old)} renamed${made}: answer with ${flagFor(one)} or ${goneFor(one)}`
  })
}

const flagFor = ({answer}: Candidate): string => `--rename ${inShell(answer)}`

function goneFor({old}: Candidate): string {
  return `--no-rename ${inShell(old)}`
}

const inShell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

const oneLine = (text: string): string => text.replace(/[\r\n]+/g, ' ')
