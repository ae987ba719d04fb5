"use strict";
// Open: the date in the form that Unicode's CLDR gives the user's locale.
const wire = require("./wire.js");

const date = new Intl.DateTimeFormat(undefined, { dateStyle: "long", timeZone: "UTC" }).format(new Date());
const protocol = "openai-chat";
const first = wire.reminder(`Today's date is ${date}.`);
wire.ask(protocol, wire.requestBody(protocol, { system: "Answer in short sentences.", first }));
