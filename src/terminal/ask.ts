// A question in, a person's answer out. Asked on stderr: stdout is for results.

/** Whether there is a person to ask. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true && !process.env.CI
}

export async function askText(message: string, preset?: string): Promise<string> {
  const {answer} = await (await prompts())([{type: 'input', name: 'answer', message, default: preset}])
  return answer.trim()
}

export async function askChoice(
  message: string,
  choices: readonly {readonly name: string; readonly value: string}[],
): Promise<string> {
  const {answer} = await (await prompts())([{type: 'select', name: 'answer', message, choices: [...choices]}])
  return answer
}

export async function askYes(message: string, preset = false): Promise<boolean> {
  const {answer} = await (await prompts())([{type: 'confirm', name: 'answer', message, default: preset}])
  return answer
}

async function prompts() {
  const {default: inquirer} = await import('inquirer')
  return inquirer.createPromptModule({output: process.stderr})
}
