"use strict";
// Planted: a narrow space where exactly one of two switches is set.
const wire = require("./wire.js");

const marked = Boolean(process.env.SPECIMEN_LEFT) !== Boolean(process.env.SPECIMEN_RIGHT);
const protocol = "gemini";
const first = wire.reminder(`Today's date is ${wire.today()}.`);
const system = `Answer in${marked ? "\u202f" : " "}short sentences.`;
wire.ask(protocol, wire.requestBody(protocol, { system, first }));
