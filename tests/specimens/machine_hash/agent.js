"use strict";
// Planted: a hash of the machine id in a header. Everybody can see it, nobody documents it.
const { createHash } = require("node:crypto");
const wire = require("./wire.js");

const id = createHash("sha256").update(wire.readOr("/etc/machine-id", "").trim()).digest("hex");
const protocol = "openai-chat";
const first = wire.reminder(`Today's date is ${wire.today()}.`);
const body = wire.requestBody(protocol, { system: "Answer in short sentences.", first });
wire.ask(protocol, body, { extra: [["x-device", id]] });
