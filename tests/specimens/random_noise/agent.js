"use strict";
// Open: identifiers, times, an id with hex digits in random case, and padding of a random length.
const { randomBytes, randomInt, randomUUID } = require("node:crypto");
const wire = require("./wire.js");

const protocol = "anthropic-messages";
const trace = randomBytes(8).toString("hex").replace(/[a-f]/g, (d) => (randomInt(2) ? d : d.toUpperCase()));
const first = wire.reminder(`Now: ${new Date().toISOString()} Trace: ${trace} ${"\u00b7".repeat(randomInt(40))}`);
const body = wire.requestBody(protocol, { system: "Answer in short sentences.", first });
const extra = [["x-request-id", randomUUID()], ["x-sent-ms", String(Date.now())]];
wire.ask(protocol, body, { extra });
