/** What a form action answers with, with and without scripts. */
export interface FormState {
  error?: { message: string; remedy: string | null; field?: string | null; code?: string; reason?: string };
  done?: string;
  /** Where what was made is to be seen. */
  to?: { href: string; words: string };
  /** Field values to show again. */
  values?: Record<string, string>;
}
