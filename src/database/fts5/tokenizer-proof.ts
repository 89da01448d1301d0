import type { Database, Statement } from "../port.ts";
import type { LiveTable } from "../schema.ts";
import { literal, quote } from "../sql/syntax.ts";
import { contentless, makeVocabulary, vocabularyOf, vocabularySchema } from "./contentless-rows.ts";

/** What the rows of a table that keeps no text can be made from again, or why they cannot. */
export type TermsProof = { words: [term: string, word: string][] } | { reason: string };

const PROBE = "_ferry_probe";

const PROBED = "_ferry_probed";

/** What may make of a stem, which a stemmer would cut further, a word that it cuts to this stem. */
const ENDINGS = ["e", "l", "ness", "ly", "ed", "ing", "s"];

/** Characters of all words; they travel as one value of at most 2,000,000 bytes. */
const MOST = 600_000;

/**
 * Lets SQLite itself read every term of a contentless index once more by its tokenizer, in an index
 * that is gone with the transaction: each has to give itself, or a word has to be found that gives
 * it. Porter's stemmer, for one, makes "univers" of "universe", and "univer" of that.
 */
export async function proveTerms(database: Database, table: LiveTable): Promise<TermsProof> {
  const { tokenize } = contentless(table);
  const schema = vocabularySchema(database);
  const drop = (name: string) => ({ sql: `DROP TABLE ${schema}.${quote(name)}` });
  const probe = `fts5(t, content = ''${tokenize === "" ? "" : `, tokenize = ${literal(tokenize)}`})`;
  const prepare: Statement[] = [
    makeVocabulary(table.name, schema, "row"),
    { sql: `CREATE VIRTUAL TABLE ${schema}.${PROBE} USING ${probe}` },
    { sql: `CREATE VIRTUAL TABLE ${schema}.${PROBED} USING fts5vocab(${PROBE}, instance)` },
    { sql: `INSERT INTO ${PROBE} (rowid, t) SELECT n, term FROM (${numberedTerms(table.name)})` },
    { sql: `INSERT INTO ${PROBE} (rowid, t) VALUES (0, 'spaced out')` },
    {
      sql: `INSERT INTO ${PROBE} (rowid, t) ${otherTerms(table.name)}
        SELECT -(others.n * 64 + endings.key), others.term || endings.value FROM others CROSS JOIN json_each(?1) AS endings`,
      params: [JSON.stringify(ENDINGS)],
    },
  ];
  const ask: Statement[] = [
    { sql: `SELECT count(*) AS n FROM ${PROBED} WHERE doc = 0` },
    {
      sql: `${otherTerms(table.name)}, found AS MATERIALIZED (SELECT others.term AS term, min(endings.key) AS ending
          FROM others CROSS JOIN json_each(?1) AS endings JOIN read ON read.doc = -(others.n * 64 + endings.key)
          WHERE read.count = 1 AND read.term = others.term GROUP BY others.term)
        SELECT others.term AS term, others.term || (?1 ->> ('$[' || found.ending || ']')) AS word
        FROM others LEFT JOIN found ON found.term = others.term ORDER BY word IS NOT NULL, others.term`,
      params: [JSON.stringify(ENDINGS)],
    },
  ];
  const cleanUp = [drop(PROBED), drop(PROBE), drop(vocabularyOf(table.name, "row"))];
  const answers = await database.batch([...prepare, ...ask, ...cleanUp]);
  const [spaced, others] = answers.slice(prepare.length).map(({ rows }) => rows);
  return judge(spaced?.[0]?.[0] as number, (others ?? []) as ProbedTerm[], tokenize);
}

/** A term that does not give itself, and the word that gives it; null where none was found. */
type ProbedTerm = [term: string, word: string | null];

function judge(spaced: number, others: readonly ProbedTerm[], tokenize: string): TermsProof {
  const named = tokenize === "" ? "its tokenizer" : `its tokenizer (${tokenize})`;
  if (spaced !== 2 && !/\btrigram\b/i.test(tokenize))
    return { reason: `${named} does not part words at a space` };
  const words = others.filter((other): other is [term: string, word: string] => other[1] !== null);
  const without = others.find(([, word]) => word === null);
  if (without !== undefined)
    return { reason: `no word was found that ${named} takes for the term "${without[0]}"` };
  const length = words.reduce((sum, [term, word]) => sum + term.length + word.length + 8, 2);
  return length > MOST ? { reason: `${named} takes too many of its terms for others` } : { words };
}

/** Every term once, with its number from 1. */
function numberedTerms(table: string): string {
  return `SELECT row_number() OVER (ORDER BY term) AS n, term FROM ${quote(vocabularyOf(table, "row"))}`;
}

/** `others`: the terms that do not give themselves. `read`: what the tokenizer made of each probe. */
function otherTerms(table: string): string {
  return `WITH read AS MATERIALIZED (SELECT doc, count(*) AS count, min(term) AS term FROM ${PROBED} GROUP BY doc),
    others AS MATERIALIZED (SELECT terms.n AS n, terms.term AS term FROM (${numberedTerms(table)}) AS terms
      LEFT JOIN read ON read.doc = terms.n WHERE read.count IS NOT 1 OR read.term IS NOT terms.term)`;
}
