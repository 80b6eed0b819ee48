/** Display languages, as editors name them. */

/** `zh`, `zh-cn`, `zh-Hans-SG`: those who write traditional characters are not meant. */
export function isSimplifiedChinese(locale: string | undefined): boolean {
  return /^zh(?:-|_|$)(?!tw|hk|mo|hant)/i.test(locale ?? '');
}
