// A database URL in, the same without its password out.

/** For showing: `postgres://ada@db.example.com/shop`. */
export function shownUrl(url: string): string {
  return hidePasswords(url)
}

/** Any text; the passwords of all URLs in it are gone. */
export function hidePasswords(text: string): string {
  return text.replace(/(postgres(?:ql)?:\/\/[^\s:@/?]*):[^\s/?]*@/gi, '$1@').replace(/([?&]password=)[^\s&#]*/gi, '$1***')
}
