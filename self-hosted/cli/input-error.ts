/** Wrong input, told in one line: exit code 2. */
export class InputError extends Error {}
