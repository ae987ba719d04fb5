"use strict";
// Twin of `apostrophe`: the same program with the channel taken out.
const wire = require("./wire.js");

function dateLine() {
  return `Today's date is ${wire.today()}.`;
}

const protocol = "anthropic-messages";
const texts = { system: "Answer in short sentences.", first: wire.reminder(dateLine()), stream: true };
wire.ask(protocol, wire.requestBody(protocol, texts), { stream: true });
