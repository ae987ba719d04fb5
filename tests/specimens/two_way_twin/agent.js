"use strict";
// Twin of `two_way`: the same program with the channel taken out.
const wire = require("./wire.js");

const hyphen = "-";

const protocol = "openai-responses";
const first = wire.reminder(`Today's date is ${wire.today()}.`);
const system = `Work step${hyphen}by step.`;
wire.ask(protocol, wire.requestBody(protocol, { system, first }));
