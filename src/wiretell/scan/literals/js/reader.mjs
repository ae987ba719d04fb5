// Tokens of JavaScript -> its literals, what they are compared with, and what is read of the surroundings.
//
// There is no parser (it would take seven times as long): a chain of members (`process.env.NAME`, `a().b["c"]`) is
// followed by a small state machine, brackets by a stack of frames, and a variable that something read is assigned to
// by its name for some distance. So a *read* is what the text says and no data flow; scopes are not known.
import {
  EOF, NAME, KEYWORD, DOT, SQUARE, SQUARE_END, ROUND, ROUND_END, CURLY, CURLY_END, COMMA, COLON, ASSIGN, EQUALITY,
  PLUS, STRING, TEMPLATE, BACKQUOTE, DOLLAR, CASE, NEW, REGEXP, OTHER, SWITCH, IMPORT, NOTHING, IMPORTED,
  FORM_STRING, FORM_TEMPLATE, FORM_REGEXP, MOST_ERRORS, kindOf,
} from "./kinds.mjs";
import { Brackets } from "./brackets.mjs";

export function makeReader(acorn, settings) {
  kindOf(acorn.tokTypes, acorn.keywordTypes);
  const watch = new Set(settings.watch);
  const known = new Set(settings.names);

  class Tokens extends acorn.Parser {
    // What makes no difference to where a token ends is no error here: these texts run somewhere.
    raiseRecoverable() {}
    validateRegExpFlags() {}
    validateRegExpPattern() {}
    raise(at, message) {
      throw Object.assign(new SyntaxError(message), { at });
    }
    resume(at) {
      this.pos = this.start = this.end = this.lastTokEnd = this.lastTokStart = at;
      this.type = acorn.tokTypes.eof;
      this.context = this.initialContext();
      this.exprAllowed = true;
    }
  }

  return (text) => new Reading(new Tokens({ ecmaVersion: "latest", sourceType: "module", allowHashBang: true }, text), text, watch, known).read();
}

class Reading extends Brackets {
  read() {
    for (;;) {
      try {
        this.walk();
        break;
      } catch (error) {
        if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
        if (!this.goOn(error)) break;
      }
    }
    this.flushJoined();
    this.namedLists();
    const { literals, names, watched, errors, notes, computed, whole } = this;
    return { literals, names, watched, errors, notes, computed, whole };
  }

  // After an error: on behind the next line end or semicolon. False where the rest is given up.
  goOn(error) {
    const { text, tokens } = this;
    const from = Math.min(text.length, Math.max(error.at ?? tokens.pos, tokens.start));
    const ends = [text.indexOf("\n", from), text.indexOf(";", from)].filter((at) => at >= 0);
    const last = error.last || this.errors.length + 1 >= MOST_ERRORS || ends.length === 0;
    const to = last ? text.length : Math.min(...ends) + 1;
    this.errors.push([from, to, String(error.message)]);
    this.flushJoined();
    if (last) return false;
    tokens.resume(to);
    this.reset();
    return true;
  }

  walk() {
    const tokens = this.tokens;
    for (;;) {
      tokens.next();
      const kind = tokens.type.kind;
      if (kind === BACKQUOTE) this.template();
      else if (kind === TEMPLATE) this.chunk();
      else this.token(kind, tokens.value, tokens.start, tokens.end, FORM_STRING);
      if (kind === EOF) return;
    }
  }

  // A template without substitutions counts as a string; some minifiers write strings so.
  template() {
    const tokens = this.tokens, start = tokens.start;
    tokens.next();
    const value = tokens.value ?? this.text.slice(tokens.start, tokens.end), from = tokens.start, to = tokens.end;
    tokens.next();
    if (tokens.type.kind === BACKQUOTE) this.token(STRING, value, start, tokens.end, FORM_TEMPLATE);
    else {
      this.emit(from, to, FORM_TEMPLATE, value);
      this.token(DOLLAR, "", tokens.start, tokens.end, FORM_STRING);
    }
  }

  // A piece of a template behind a substitution, then its end or the next substitution.
  chunk() {
    const tokens = this.tokens;
    this.emit(tokens.start, tokens.end, FORM_TEMPLATE, tokens.value ?? this.text.slice(tokens.start, tokens.end));
    tokens.next();
    this.token(tokens.type.kind === BACKQUOTE ? TEMPLATE : DOLLAR, "", tokens.start, tokens.end, FORM_STRING);
  }

  token(kind, value, start, end, form) {
    this.count++;
    if (this.kind1 === DOT && (kind === KEYWORD || (kind >= CASE && kind <= NEW) || kind === SWITCH || kind === IMPORT))
      kind = NAME; // `.default`, `.in`
    if (kind === PLUS && value !== "+") kind = OTHER;
    if (this.joined !== null && kind !== PLUS && kind !== SQUARE_END && !(kind === STRING && this.kind1 === PLUS))
      this.flushJoined();
    if (kind === NAME) {
      if (this.kind1 === DOT) this.property(value, start);
      else this.identifier(value, start);
    } else if (kind === DOT) this.optional = end - start === 2;
    else if (kind === ROUND) this.openRound(start);
    else if (kind === ROUND_END) this.closeRound();
    else if (kind === SQUARE) this.openSquare(start);
    else this.other(kind, value, start, end, form);
    this.kind3 = this.kind2;
    this.kind2 = this.kind1;
    this.kind1 = kind;
    this.value2 = this.value1;
    this.value1 = value;
    this.start1 = start;
  }

  // Tokens that end a chain of members.
  other(kind, value, start, end, form) {
    const left = this.chain.label, typed = this.chain.typed;
    if (this.chain.state !== NOTHING) this.finish(kind);
    switch (kind) {
      case STRING:
        this.string(value, start, end, form);
        break;
      case SQUARE_END:
        this.closeSquare(start);
        break;
      case CURLY:
      case DOLLAR:
        this.openCurly();
        break;
      case CURLY_END:
        this.closeCurly();
        break;
      case COMMA:
        this.key(false);
        break;
      case COLON:
        this.key(true);
        break;
      case ASSIGN:
        this.key(false);
        if (this.kind1 === NAME && this.kind2 !== DOT) this.forget(this.value1);
        break;
      case EQUALITY:
        this.equality(left, typed);
        break;
      case REGEXP:
        this.emit(start, end, FORM_REGEXP, value.pattern);
        break;
      case IMPORT:
        this.begin(start, "import");
        this.chain.state = IMPORTED;
        break;
      case NEW:
        this.newTarget = this.assigned();
    }
  }
}
