// Brackets: calls, indexes, arrays, braces, groups. What a chain was before one goes on behind it.
import {
  NAME, DOT, SQUARE, SQUARE_END, ROUND, ROUND_END, CURLY, COMMA, STRING, NEW, SWITCH, NOTHING, ENV, READ, WATCHED,
  GROUP, CALL, ARRAY, INDEX, BRACES, DEEPEST, COMPARING, BEFORE_A_VALUE,
} from "./kinds.mjs";
import { Frame } from "./frames.mjs";
import { Members } from "./members.mjs";

export class Brackets extends Members {
  // Whether the token before ends a value, so that a bracket goes on with it.
  follows() {
    const kind = this.kind1;
    if (kind === NAME) return this.kind2 === DOT || !BEFORE_A_VALUE.has(this.value1);
    return kind === SQUARE_END || kind === ROUND_END || kind === DOT;
  }

  push(kind) {
    if (++this.depth > DEEPEST)
      throw Object.assign(new SyntaxError("brackets are nested too deeply"), { at: this.tokens.end, last: true });
    const frame = (this.frames[this.depth] ??= new Frame());
    frame.kind = kind;
    frame.at = this.count;
    frame.chain.copy(this.chain);
    frame.compares = frame.switches = false;
    frame.operand = frame.name = frame.chosen = frame.wraps = "";
    frame.listFrom = frame.listTo = 0;
    frame.use = null;
    frame.literals = this.literals.length;
    frame.keys = this.keysEnd;
    frame.scope = kind === BRACES ? this.depth : this.frames[this.depth - 1].scope;
    frame.scopeAt = kind === BRACES ? this.count : this.frames[this.depth - 1].scopeAt;
    this.chain.clear();
    return frame;
  }

  pop() {
    return this.frames[this.depth > 0 ? this.depth-- : 0];
  }

  openSquare(start) {
    if (this.follows()) {
      this.push(INDEX);
      return;
    }
    if (this.chain.state !== NOTHING) this.finish(SQUARE);
    const outer = this.frames[this.depth];
    const name = this.kind1 === ROUND && outer.kind === CALL ? outer.name : this.assigned();
    this.push(ARRAY).name = name;
  }

  closeSquare(start) {
    const frame = this.pop();
    const inside = this.count - frame.at - 1;
    const joined = this.joined;
    const whole = joined !== null && this.joinedTokens === inside;
    this.flushJoined();
    if (frame.kind === ARRAY) this.array(frame, start);
    else if (frame.kind === INDEX) {
      this.chain.copy(frame.chain);
      if (whole) this.indexed(joined[4], joined[0]);
      else if (inside === 1 && this.kind1 === STRING) this.indexed(this.literals[this.lastString][4], this.start1);
      else this.computedIndex();
    }
  }

  array(frame, start) {
    this.arrayEnd = this.count;
    this.arrayFrom = frame.literals;
    this.arrayTo = this.literals.length;
    if (frame.name !== "" && this.arrayTo > this.arrayFrom) this.lists.push([frame.name, this.arrayFrom, this.arrayTo, start]);
  }

  indexed(name, start) {
    this.optional = false;
    if (this.chain.state === ENV) this.variable(name, start, '["NAME"]');
    else this.property(name, start);
  }

  computedIndex() {
    const { state, what } = this.chain;
    if (state === ENV && what !== "env" && what !== "alias") this.computed++;
    if (state !== READ && state !== WATCHED) this.chain.state = NOTHING;
  }

  openRound(start) {
    if (this.follows()) {
      this.openCall(start);
      return;
    }
    if (this.chain.state !== NOTHING) this.finish(ROUND);
    this.begin(start, "");
    const switches = this.kind1 === SWITCH;
    this.push(GROUP).switches = switches;
  }

  openCall(start) {
    const { kind1, kind2, kind3, value1, count } = this;
    if (kind1 === NAME && this.chain.state === WATCHED) {
      const seen = this.watched[this.watched.length - 1];
      if (seen !== undefined && seen[2] === this.start1) {
        seen[1] += "()";
        this.chain.what += "()";
      }
    }
    const operand = this.chain.label;
    const frame = this.push(CALL);
    if (kind1 !== NAME) return;
    if (kind2 === NEW && value1 === "Set") frame.name = this.newTarget;
    if (kind2 !== DOT || !COMPARING.has(value1)) return;
    frame.compares = true;
    frame.operand = operand;
    if (this.arrayEnd === count - 3 || this.arrayEnd === count - 4) this.listed(frame, this.arrayFrom, this.arrayTo);
    else if (kind3 === STRING) this.listed(frame, this.lastString, this.lastString + 1);
    else if (frame.chain.begun === count - 3) this.asked(frame, start);
  }

  listed(frame, from, to) {
    frame.listFrom = from;
    frame.listTo = to;
    this.markList(from, to, "");
  }

  asked(frame, start) {
    const { root } = frame.chain;
    frame.use = [start, ""];
    const uses = this.uses.get(root);
    if (uses === undefined) this.uses.set(root, [frame.use]);
    else if (uses.length < 1000) uses.push(frame.use);
  }

  closeRound() {
    const chain = this.chain, frame = this.frames[this.depth];
    const sole = chain.begun === frame.at + 1;
    const { state, what } = chain, label = sole ? chain.label : "";
    const kept = frame.kind === GROUP && sole; // `(process.env).NAME` goes on
    if (state !== NOTHING && !kept) this.finish(ROUND_END);
    this.pop();
    chain.copy(frame.chain);
    if (frame.kind === GROUP) this.closeGroup(frame, kept ? state : NOTHING, what, label);
    else if (frame.kind === CALL) this.closeCall(frame, state, what, label);
  }

  closeGroup(frame, state, what, label) {
    if (frame.switches) {
      this.chosen = label;
      this.chosenAt = this.count;
      this.chain.clear();
    } else if (state !== NOTHING) this.chain.set(state, what);
    else if (frame.wraps !== "") this.chain.set(ENV, frame.wraps);
    else this.chain.state = NOTHING;
  }

  // What a function makes of something that was read counts as read; whether a text has a part does not.
  closeCall(frame, state, what, label) {
    const chain = this.chain;
    chain.read = -1;
    if (frame.compares) chain.state = NOTHING;
    else if (chain.state !== READ && chain.state !== WATCHED) {
      if (label !== "") chain.set(state, what);
      else chain.state = NOTHING;
    }
  }

  openCurly() {
    const chosen = this.kind1 === ROUND_END && this.chosenAt === this.count - 1 ? this.chosen : "";
    this.push(BRACES).chosen = chosen;
  }

  closeCurly() {
    this.key(false);
    const frame = this.pop();
    this.keysFrom = frame.keys;
    this.keysTo = this.keysEnd;
    this.keysEnd = frame.keys;
    this.chain.clear();
  }

  // Keys of object literals and patterns: `{NAME: ...`, `, NAME = ...`, `{NAME}`.
  key(colon) {
    if ((this.kind2 !== CURLY && this.kind2 !== COMMA) || this.frames[this.depth].kind !== BRACES) return;
    let name, start = this.start1;
    if (this.kind1 === NAME) name = this.value1;
    else if (this.kind1 === STRING && colon) name = this.literals[this.lastString][4];
    else return;
    this.keyNames[this.keysEnd] = name;
    this.keyStarts[this.keysEnd++] = start;
    if (!colon) return;
    if (this.constant(name)) this.names.push([name, "key", start]);
    const seen = this.watched[this.watched.length - 1];
    if (seen !== undefined && seen[2] === start) seen[1] = "key";
  }
}
