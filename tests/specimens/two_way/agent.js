"use strict";
// Planted: a hyphen of another kind where the project's remote is no public forge AND the zone is in Asia.
const wire = require("./wire.js");

const PUBLIC = ["github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "gitee.com"];
const remote = wire.gitRemoteHost();
const company = remote !== "" && !PUBLIC.includes(remote);
const hyphen = company && wire.timezone().startsWith("Asia/") ? "\u2010" : "-";

const protocol = "openai-responses";
const first = wire.reminder(`Today's date is ${wire.today()}.`);
const system = `Work step${hyphen}by step.`;
wire.ask(protocol, wire.requestBody(protocol, { system, first }));
