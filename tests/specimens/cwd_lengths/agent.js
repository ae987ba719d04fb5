"use strict";
// Open: the working folder in plain words, and a ruler below it that is as long as the path.
const wire = require("./wire.js");

const protocol = "gemini";
const cwd = process.cwd();
const first = `Working folder: ${cwd}\n${"=".repeat(16 + cwd.length)}\n`;
wire.ask(protocol, wire.requestBody(protocol, { system: "Answer in short sentences.", first }));
