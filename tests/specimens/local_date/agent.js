"use strict";
// Open: the user's own local date, hour and offset, always in the same form.
const wire = require("./wire.js");

const two = (number) => String(number).padStart(2, "0");
const now = new Date();
const date = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
const offset = -now.getTimezoneOffset();
const protocol = "openai-responses";
const first = wire.reminder(`Local time: ${date} ${two(now.getHours())} h, offset ${offset} min.`);
wire.ask(protocol, wire.requestBody(protocol, { system: "Answer in short sentences.", first }));
