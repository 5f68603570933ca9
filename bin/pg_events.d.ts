export function extensionFiles(source?: string): {version: string; files: Record<string, string>}
export function packageDeb(major: string, out: string): string
