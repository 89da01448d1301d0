export interface CommandOption {
  /** As commander writes them: "--mode <mode>". */
  flags: string;
  description: string;
  choices?: readonly string[];
  default?: string;
  required?: boolean;
  /** Throws UsageError. */
  parse?(value: string): unknown;
}
