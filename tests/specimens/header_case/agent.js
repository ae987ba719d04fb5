"use strict";
// Planted: a header's name in other letters, by a variable.
const wire = require("./wire.js");

const protocol = "openai-chat";
const first = wire.reminder(`Today's date is ${wire.today()}.`);
const extra = [[process.env.SPECIMEN_FLAG ? "X-App" : "x-app", "specimen"]];
wire.ask(protocol, wire.requestBody(protocol, { system: "Answer in short sentences.", first }), { extra });
