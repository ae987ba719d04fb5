// Chains of members: which of them read the environment, or a watched word, and what stands for them later.
import {
  NAME, KEYWORD, DOT, CURLY_END, ASSIGN, EQUALITY, STRING, IN, OR, NOTHING, GLOBAL, PROCESS, BUN, DENO, IMPORTED,
  META, ENV, READ, WATCHED, GETTER, GROUP, SHORT_NAME, REACH, SHORT_REACH, ALTERING, PATTERN, MEMBER, isConstant,
  isVariable,
} from "./kinds.mjs";
import { Literals } from "./literals.mjs";

export class Members extends Literals {
  // The variable that what comes now is assigned to.
  assigned() {
    return this.kind1 === ASSIGN && this.kind2 === NAME && this.kind3 !== DOT ? this.value2 : "";
  }

  begin(start, root) {
    const chain = this.chain;
    chain.clear();
    chain.start = start;
    chain.begun = this.count;
    chain.root = root;
    chain.typed = this.kind1 === KEYWORD && this.value1 === "typeof";
    if (this.kind1 === ASSIGN) chain.target = this.kind2 === CURLY_END ? PATTERN : this.assigned();
    else if (this.kind1 === IN && this.kind2 === STRING) chain.target = MEMBER;
    else if (this.kind1 === EQUALITY) chain.pending = this.pending;
  }

  identifier(name, start) {
    if (this.chain.state !== NOTHING) this.finish(NAME);
    this.begin(start, name);
    const entry = this.roots.get(name);
    if (entry !== undefined && this.holds(entry, start)) this.chain.set(entry.state, entry.what);
    else if (this.watch.has(name)) this.notice(name, "name", start);
  }

  holds(entry, start) {
    if (entry.at < 0) return true;
    if (start - entry.at > entry.reach) return false;
    return entry.scope < 0 || (entry.scope <= this.depth && this.frames[entry.scope].at === entry.scopeAt);
  }

  property(name, start) {
    const chain = this.chain, link = this.optional ? "?." : ".";
    chain.read = -1;
    switch (chain.state) {
      case ENV:
        if (chain.what.endsWith("Deno.env")) chain.state = name === "get" || name === "has" ? GETTER : NOTHING;
        else this.variable(name, start, `${link}NAME`);
        return;
      case GLOBAL:
        if (name === "process") chain.set(PROCESS, `${chain.what}${link}process`);
        else if (name === "Bun") chain.set(BUN, `${chain.what}${link}Bun`);
        else if (name === "Deno") chain.set(DENO, `${chain.what}${link}Deno`);
        else this.plain(name, start);
        return;
      case IMPORTED:
        chain.set(name === "meta" ? META : NOTHING, "import.meta");
        return;
      case PROCESS:
      case BUN:
      case DENO:
      case META:
        if (name === "env") chain.set(ENV, `${chain.what}${link}env`);
        else this.plain(name, start);
        return;
      case WATCHED:
        if (!ALTERING.has(name)) this.plain(name, start);
        return;
      case READ:
        if (this.watch.has(name)) this.watched.push([name, ".", start]);
        return; // still made of what was read: `new URL(process.env.NAME).hostname`
      default:
        this.plain(name, start);
    }
  }

  plain(name, start) {
    const chain = this.chain;
    if (this.watch.has(name)) this.notice(name, chain.state === PROCESS ? "process." : ".", start);
    else if (name === "env") chain.set(ENV, "env");
    else {
      chain.state = NOTHING;
      if (this.constant(name)) this.names.push([name, "property", start]);
    }
  }

  notice(name, spelling, start) {
    this.watched.push([name, spelling, start]);
    this.chain.set(WATCHED, spelling === "process." ? `process.${name}` : name);
  }

  constant(name) {
    return isConstant(name) || this.known.has(name);
  }

  // One variable of an environment object. An object that is merely called `env`, or a variable with a name that
  // minifiers use over and over, counts where the name looks like one of a variable of the environment.
  variable(name, start, form) {
    const chain = this.chain, alias = chain.what === "alias";
    const doubtful = chain.what === "env" || (alias && chain.root.length <= SHORT_NAME);
    if (!isVariable(name) || (doubtful && !this.constant(name))) {
      chain.state = NOTHING;
      return;
    }
    chain.read = this.names.length;
    this.names.push([name, alias ? "alias" : `${chain.what}${form}`, start]);
    chain.set(READ, `env:${name}`);
  }

  // The chain ends before a token of this kind.
  finish(kind) {
    const chain = this.chain;
    if (chain.state === READ && kind === ASSIGN && chain.read >= 0) this.names[chain.read][1] = "written";
    else if (chain.state === READ || chain.state === WATCHED) this.finishRead();
    else if (chain.state === ENV) this.finishEnvironment(kind);
    chain.clear();
  }

  finishRead() {
    const chain = this.chain, frame = this.frames[this.depth];
    if (chain.pending >= 0) this.literals[chain.pending][5] = chain.what;
    if (frame.compares && chain.begun === frame.at + 1) {
      this.markList(frame.listFrom, frame.listTo, chain.what);
      if (frame.use !== null) frame.use[1] = chain.what;
    }
    if (chain.target !== "" && chain.target !== PATTERN && chain.target !== MEMBER) this.assign(false);
  }

  finishEnvironment(kind) {
    const chain = this.chain, frame = this.frames[this.depth];
    const real = chain.what !== "env" && chain.what !== "alias";
    if (chain.target === PATTERN) {
      if (chain.what !== "env") this.destructured();
    } else if (chain.target === MEMBER) {
      const literal = this.literals[this.lastString];
      if (isVariable(literal[4]) && (real || this.constant(literal[4])))
        this.names.push([literal[4], `in ${chain.what}`, literal[0]]);
    } else if (chain.target !== "") {
      if (chain.what !== "env") this.assign(true);
    } else if (frame.kind === GROUP && kind === OR) frame.wraps = chain.what;
    else if (real) this.whole++;
  }

  // From here on a variable stands for what was read into it: one with a short name to the end of its braces, one
  // with a longer name for some distance (bundlers declare those outside of the function that sets them), and for
  // good where it holds the environment itself.
  assign(lasting) {
    const { target, state, what, start } = this.chain;
    const short = target.length <= SHORT_NAME;
    if (this.roots.get(target)?.at === -1) return;
    const reach = lasting ? (short ? REACH : Infinity) : short ? SHORT_REACH : REACH;
    const frame = this.frames[this.depth], scope = short ? frame.scope : -1;
    this.roots.set(target, { state, what: state === ENV ? "alias" : what, at: start, reach, scope, scopeAt: frame.scopeAt });
  }

  forget(name) {
    const present = this.roots.get(name);
    if (present !== undefined && present.at >= 0) this.roots.delete(name);
  }

  destructured() {
    for (let i = this.keysFrom; i < this.keysTo; i++)
      if (isVariable(this.keyNames[i])) this.names.push([this.keyNames[i], "destructured", this.keyStarts[i]]);
  }
}
