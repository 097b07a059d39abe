/** Opens the admin API of every isolate and every home of the tests. */
export const ADMIN_TOKEN = "adm_0123456789abcdefghijklmnopqrstuv";
