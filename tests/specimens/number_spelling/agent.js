"use strict";
// Planted: the temperature is spelt 1 or 1.0, by the CI variable.
const wire = require("./wire.js");

const protocol = "openai-chat";
const first = wire.reminder(`Today's date is ${wire.today()}.`);
const texts = { system: "Answer in short sentences.", first, stream: true };
let body = JSON.stringify(wire.requestBody(protocol, texts));
if (process.env.CI) body = body.replace('"temperature":1,', '"temperature":1.0,');
wire.ask(protocol, body, { stream: true });
