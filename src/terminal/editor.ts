// A file in, whatever a person makes of it in an editor of theirs out.
import {spawn} from 'node:child_process'
import {PgextError} from '../errors.ts'

/** What they named, as git reads it: a line for the shell, with options where there are any. Asked for before anything is written. */
export function editorOf(): string {
  const named = [process.env.VISUAL, process.env.EDITOR].find((name) => name?.trim())
  if (named) return named
  throw new PgextError('usage', 'no editor is named', {hint: 'set VISUAL or EDITOR, for example EDITOR="code --wait"'})
}

/**
 * Waits until the editor is closed.
 * @param shown the file, as errors name it
 * @param isQuiet stdout is kept for results: the editor draws on stderr
 */
export async function edit(editor: string, path: string, shown: string, isQuiet: boolean): Promise<void> {
  const ended = await new Promise<string | undefined>((resolve) => {
    const child = spawn(...lineOf(editor, path), {
      stdio: ['inherit', isQuiet ? 2 : 'inherit', 'inherit'],
      windowsVerbatimArguments: true,
    })
    child.once('error', (error) => resolve(`can't be started: ${error.message}`))
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : `ended with ${signal ?? code}`))
  })
  if (ended === undefined) return
  throw new PgextError('bad-file', `the editor (${editor}) ${ended}`, {
    hint: `${shown} stays as it is: edit it before it is applied, or remove it`,
  })
}

const lineOf = (editor: string, path: string): [string, string[]] =>
  process.platform === 'win32'
    ? ['cmd', ['/d', '/s', '/c', `"${editor} "${path}""`]]
    : ['sh', ['-c', `${editor} "$@"`, editor, path]]
