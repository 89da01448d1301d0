export interface CommandOption {
  /** As commander writes them: "--mode <mode>". */
  flags: string;
  description: string;
  choices?: readonly string[];
  default?: string;
  required?: boolean;
  /** May be given several times: its value is a list. @default false */
  list?: boolean;
  /** Throws UsageError. */
  parse?(value: string): unknown;
}
