// A text in, the same without the passwords of database URLs out.

export function hidePasswords(text: string): string {
  return text.replace(/(postgres(?:ql)?:\/\/[^\s:@/?]*):[^\s/?]*@/gi, '$1@').replace(/([?&]password=)[^\s&#]*/gi, '$1***')
}
