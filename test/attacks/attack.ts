/** One row of the table of attacks. */
export interface Attack {
  /** Number of the row; some numbers were never given. */
  readonly row: number;
  readonly what: string;
  readonly required: string;
  /** Files and names of tests, or why there is none. A name with a placeholder is that of each of its cases. */
  readonly proof: readonly (readonly [file: string, test: string])[] | { readonly absent: string };
}
