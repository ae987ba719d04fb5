// What is kept of a chain of members, and of what stands around an open bracket.
import { NOTHING, READ, WATCHED, GROUP } from "./kinds.mjs";

// Members that hang together: `process.env.NAME`.
export class Chain {
  state = NOTHING;
  what = ""; // `process.env`, `env:NAME`, `timeZone`
  read = -1; // index of the name, where the chain ended with it
  start = 0;
  begun = -9; // number of its first token
  root = "";
  target = ""; // variable that it is assigned to
  pending = -1; // literal that it is compared with
  typed = false; // behind `typeof`
  clear() {
    this.typed = false;
    this.set(NOTHING, "");
    this.read = this.pending = -1;
    this.start = 0;
    this.begun = -9;
    this.root = this.target = "";
  }
  set(state, what) {
    this.state = state;
    this.what = what;
  }
  copy(from) {
    this.set(from.state, from.what);
    this.read = from.read;
    this.start = from.start;
    this.begun = from.begun;
    this.root = from.root;
    this.target = from.target;
    this.pending = from.pending;
    this.typed = from.typed;
  }
  get label() {
    return (this.state === READ || this.state === WATCHED) && !this.typed ? this.what : "";
  }
}

export class Frame {
  kind = GROUP;
  at = 0; // number of the token that opened it
  chain = new Chain(); // before a call or an index; around a group
  compares = false; // a call of `includes` and its like ...
  operand = ""; // ... on something that was read,
  listFrom = 0; // ... or on these literals,
  listTo = 0;
  use = null; // ... or on a variable
  name = ""; // of an array that is assigned to a variable; of a call, `NAME = new Set(`
  literals = 0; // how many there were before an array
  keys = 0; // how many there were before braces
  chosen = ""; // of braces behind `switch (...)`: what was read
  switches = false;
  scope = 0; // depth of the braces around it, and their token
  scopeAt = 0;
  wraps = ""; // of a group: the environment object in it
}
