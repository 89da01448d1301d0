import { closingOf } from "./canonical-sql.ts";
import { namesAt } from "./table-definitions.ts";
import { isOperator, isWord, type Token } from "./tokenize.ts";

/** What a foreign key says from REFERENCES on. */
export interface ForeignKeyClause {
  parent: string;
  /** None where it means the parent's primary key. */
  parentColumns: string[];
  /** In capital letters, as ON DELETE CASCADE; what SQLite does anyway is left out. */
  actions: string[];
}

/** Reads the tokens from REFERENCES on. MATCH means nothing to SQLite. */
export function readForeignKeyClause(tokens: readonly Token[]): ForeignKeyClause {
  const actions = ["delete", "update"].flatMap((event) => {
    const action = actionOn(tokens, event);
    return action === "" || action === "NO ACTION" ? [] : [`ON ${event.toUpperCase()} ${action}`];
  });
  if (isDeferred(tokens)) actions.push("DEFERRABLE INITIALLY DEFERRED");
  return {
    parent: tokens[1]?.text ?? "",
    parentColumns: isOperator(tokens[2], "(") ? namesAt(tokens, 2) : [],
    actions,
  };
}

function actionOn(tokens: readonly Token[], event: string): string {
  const from = Math.max(closingOf(tokens, 2), 1) + 1;
  const at = tokens.findLastIndex(
    (token, i) => i > from && isWord(token, event) && isWord(tokens[i - 1], "on"),
  );
  if (at < 0) return "";
  const [first, second] = tokens.slice(at + 1);
  const words = isWord(first, "set", "no") ? [first, second] : [first];
  return words.map((word) => word?.text.toUpperCase()).join(" ");
}

function isDeferred(tokens: readonly Token[]): boolean {
  const at = tokens.findLastIndex((token) => isWord(token, "deferrable"));
  return at >= 0 && !isWord(tokens[at - 1], "not") && isWord(tokens[at + 2], "deferred");
}
