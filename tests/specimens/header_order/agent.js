"use strict";
// Planted: two headers change places where git knows an e-mail address of a company.
const wire = require("./wire.js");

const PRIVATE = ["mail.example", "gmail.com", "outlook.com", "proton.me", "qq.com", "163.com", "users.noreply.github.com"];
const domain = wire.gitEmail().split("@")[1] || "";
const extra = [["x-app", "specimen"], ["x-lang", "js"]];
if (domain && !PRIVATE.includes(domain)) extra.reverse();

const protocol = "anthropic-messages";
const first = wire.reminder(`Today's date is ${wire.today()}.`);
wire.ask(protocol, wire.requestBody(protocol, { system: "Answer in short sentences.", first }), { extra });
