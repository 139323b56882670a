/** The log of the server, as far as long-lived objects write to it. */
export interface Log {
  info(message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}
