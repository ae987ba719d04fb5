// Kinds of tokens, states of a chain, and the words that matter.

export const EOF = 0, NAME = 1, KEYWORD = 2, DOT = 3, SQUARE = 4, SQUARE_END = 5, ROUND = 6, ROUND_END = 7, CURLY = 8,
  CURLY_END = 9, COMMA = 10, COLON = 12, ASSIGN = 13, EQUALITY = 14, PLUS = 15, STRING = 16, TEMPLATE = 17,
  BACKQUOTE = 18, DOLLAR = 19, CASE = 20, IN = 21, NEW = 22, REGEXP = 23, OTHER = 25, SWITCH = 27, IMPORT = 28,
  OR = 29;

// What the chain so far stands for.
export const NOTHING = 0, GLOBAL = 1, PROCESS = 2, BUN = 3, DENO = 4, IMPORTED = 5, META = 6, ENV = 7, READ = 8,
  WATCHED = 9, GETTER = 10;

// Frames.
export const GROUP = 0, CALL = 1, ARRAY = 2, INDEX = 3, BRACES = 4;

// Forms of literals; `Form` in values.py.
export const FORM_STRING = 0, FORM_TEMPLATE = 1, FORM_JOINED = 2, FORM_REGEXP = 3;

export const MOST_ERRORS = 20; // then the rest of a source is left: it is no JavaScript that acorn knows
export const DEEPEST = 200_000; // nested brackets
export const MOST_LITERALS = 1_000_000; // of one source
export const MOST_MARKS = 50_000_000; // literals of lists that are marked as compared, each as often as lists hold it
export const LONGEST_JOINED = 4_000_000; // characters
export const SHORT_NAME = 2; // minifiers use names of one and two letters over and over, so they hold for a short way only
export const REACH = 20_000; // how far a variable of a longer name stands for what was read into it, in characters
export const SHORT_REACH = 4_000;

export const COMPARING = new Set(
  "includes startsWith endsWith indexOf lastIndexOf has test match search equals localeCompare".split(" "),
);
export const ALTERING = new Set([
  ...COMPARING,
  ..."toLowerCase toUpperCase trim trimEnd trimStart toString split replace replaceAll slice substring at name".split(" "),
]); // members of what was read that are still about it
export const BEFORE_A_VALUE = new Set(["of", "await", "yield"]); // names that end no value
export const PATTERN = "{"; // targets of an assignment that are no variables
export const MEMBER = "in";

export function kindOf(types, keywords) {
  for (const type of [...Object.values(types), ...Object.values(keywords)]) type.kind = type.keyword ? KEYWORD : OTHER;
  const table = {
    eof: EOF, name: NAME, dot: DOT, questionDot: DOT, bracketL: SQUARE, bracketR: SQUARE_END, parenL: ROUND,
    parenR: ROUND_END, braceL: CURLY, braceR: CURLY_END, comma: COMMA, colon: COLON, eq: ASSIGN, equality: EQUALITY,
    plusMin: PLUS, string: STRING, template: TEMPLATE, invalidTemplate: TEMPLATE, backQuote: BACKQUOTE,
    dollarBraceL: DOLLAR, regexp: REGEXP, logicalOR: OR, coalesce: OR,
  };
  for (const [name, kind] of Object.entries(table)) types[name].kind = kind;
  Object.assign(keywords.case, { kind: CASE });
  keywords.in.kind = IN;
  keywords.new.kind = NEW;
  keywords.switch.kind = SWITCH;
  keywords.import.kind = IMPORT;
}

// Two words joined by a low line at least, upper case: what names of environment variables look like.
export function isConstant(word) {
  const first = word.charCodeAt(0);
  if (first < 65 || first > 90 || word.length < 4 || word.length > 80) return false;
  let low = false;
  for (let i = 1; i < word.length; i++) {
    const code = word.charCodeAt(i);
    if (code === 95) low = true;
    else if (!((code >= 65 && code <= 90) || (code >= 48 && code <= 57))) return false;
  }
  return low;
}

export const isVariable = (word) => word.length < 200 && /^[A-Za-z_]\w*$/.test(word);
