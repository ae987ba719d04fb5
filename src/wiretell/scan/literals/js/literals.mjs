// What is collected: literals and what they are compared with. Lowest of four layers of one reading.
import {
  ROUND, EQUALITY, PLUS, STRING, CASE, OTHER, GLOBAL, PROCESS, BUN, DENO, ENV, READ, GETTER, CALL, FORM_JOINED,
  MOST_LITERALS, MOST_MARKS, LONGEST_JOINED, SHORT_NAME, SHORT_REACH, isVariable,
} from "./kinds.mjs";
import { Chain, Frame } from "./frames.mjs";

export class Literals {
  constructor(tokens, text, watch, known) {
    tokens.strict = false; // octal escapes are read; `<!--` is no comment, as in modules
    this.tokens = tokens;
    this.text = text;
    this.watch = watch;
    this.known = known;
    this.literals = []; // [start, end, form, compared, value, operand]
    this.names = []; // [name, spelling, start]
    this.watched = []; // [name, spelling, start]
    this.errors = []; // [start, end, message]
    this.notes = []; // what was not looked at, in words
    this.marks = 0;
    this.computed = 0;
    this.whole = 0;
    this.roots = new Map();
    for (const name of ["globalThis", "global", "window", "self"]) this.builtin(name, GLOBAL);
    this.builtin("process", PROCESS);
    this.builtin("Bun", BUN);
    this.builtin("Deno", DENO);
    this.builtin("env", ENV);
    this.frames = [new Frame()];
    this.chain = new Chain();
    this.lists = []; // arrays with a name: [name, first literal, end, start]
    this.uses = new Map(); // name -> [[start, operand], ...] of `NAME.includes(`
    this.keyNames = [];
    this.keyStarts = [];
    this.reset();
  }

  builtin(name, state) {
    this.roots.set(name, { state, what: name, at: -1, reach: Infinity, scope: -1, scopeAt: 0 });
  }

  reset() {
    this.depth = 0;
    this.count = 0;
    this.kind1 = this.kind2 = this.kind3 = OTHER;
    this.value1 = this.value2 = "";
    this.start1 = 0;
    this.optional = false;
    this.chain.clear();
    this.joined = null;
    this.joinedTokens = 0;
    this.lastString = -1;
    this.arrayEnd = -9;
    this.arrayFrom = this.arrayTo = 0;
    this.left = "";
    this.pending = -1;
    this.newTarget = "";
    this.chosen = "";
    this.chosenAt = -9;
    this.keysEnd = this.keysFrom = this.keysTo = 0;
  }

  emit(start, end, form, value) {
    if (end > start) this.literals.push([start, end, form, false, value.isWellFormed() ? value : value.toWellFormed(), ""]);
    if (this.literals.length > MOST_LITERALS)
      throw Object.assign(new SyntaxError(`more than ${MOST_LITERALS} literals`), { at: end, last: true });
    return this.literals.length - 1;
  }

  string(value, start, end, form) {
    const index = this.emit(start, end, form, value);
    const literal = this.literals[index], frame = this.frames[this.depth];
    if (this.kind1 === EQUALITY) {
      if (!this.typed) this.compared(literal, this.left);
    } else if (this.kind1 === CASE) this.compared(literal, frame.chosen);
    else if (this.kind1 === PLUS && this.kind2 === STRING) this.join(literal, end);
    else if (this.kind1 === ROUND && frame.compares) this.compared(literal, frame.operand);
    else if (this.kind1 === ROUND && frame.kind === CALL && frame.chain.state === GETTER && isVariable(value)) {
      this.names.push([value, `${frame.chain.what}.get`, start]);
      frame.chain.set(READ, `env:${value}`);
    }
    this.lastString = index;
  }

  compared(literal, operand) {
    literal[3] = true;
    if (operand !== "") literal[5] = operand;
  }

  equality(left, typed) {
    this.left = left;
    this.typed = typed && this.kind1 !== STRING;
    this.pending = -1;
    if (this.kind1 !== STRING) return;
    this.pending = this.lastString;
    this.literals[this.lastString][3] = true;
  }

  join(literal, end) {
    if (this.joined === null) {
      const first = this.literals[this.lastString];
      this.joined = [first[0], end, FORM_JOINED, first[3], first[4], first[5]];
      this.joinedTokens = 1;
    }
    if (this.joined[4].length < LONGEST_JOINED) this.joined[4] += literal[4];
    this.joined[1] = end;
    this.joinedTokens += 2;
  }

  flushJoined() {
    if (this.joined !== null) this.literals.push(this.joined);
    this.joined = null;
  }

  // Lists in lists in lists: what is marked is counted, or time would grow with the square of the text.
  affords(work) {
    if (this.marks > MOST_MARKS) return false;
    this.marks += work;
    if (this.marks <= MOST_MARKS) return true;
    this.notes.push("it has lists in lists, too many to tell which literals are compared with something");
    return false;
  }

  markList(from, to, operand) {
    if (!this.affords(to - from)) return;
    for (let i = from; i < to; i++) this.compared(this.literals[i], operand);
  }

  // Arrays that a variable holds, where that variable is asked whether it has something.
  namedLists() {
    for (const [name, from, to, start] of this.lists) {
      const known = this.uses.get(name);
      if (known === undefined) continue;
      if (!this.affords(known.length)) return;
      const near = (use) => name.length > SHORT_NAME || Math.abs(use[0] - start) <= SHORT_REACH;
      const uses = known.filter(near);
      if (uses.length > 0) this.markList(from, to, uses.find((use) => use[1] !== "")?.[1] ?? "");
    }
  }
}
