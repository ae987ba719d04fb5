"use strict";
// Planted: the apostrophe of "Today's" tells the class of the API host in four forms, the separator of the date
// tells two time zones; both only where the base URL is not the vendor's own.
const wire = require("./wire.js");

const KNOWN = ["cn", "relay.example"]; // the host itself, or what it ends with
const LABS = ["deepseek", "moonshot"]; // anywhere in the host
const ZONES = ["Asia/Shanghai", "Asia/Urumqi"];

function classify() {
  const host = new URL(wire.baseUrl()).hostname;
  if (host === new URL(wire.OFFICIAL).hostname) return { known: false, lab: false, zone: false };
  return {
    known: KNOWN.some((entry) => host === entry || host.endsWith(`.${entry}`)),
    lab: LABS.some((entry) => host.includes(entry)),
    zone: ZONES.includes(wire.timezone()),
  };
}

function dateLine() {
  const { known, lab, zone } = classify();
  const apostrophe = [["'", "\u2019"], ["\u02bc", "\u02b9"]][Number(lab)][Number(known)];
  return `Today${apostrophe}s date is ${zone ? wire.today().replaceAll("-", "/") : wire.today()}.`;
}

const protocol = "anthropic-messages";
const texts = { system: "Answer in short sentences.", first: wire.reminder(dateLine()), stream: true };
wire.ask(protocol, wire.requestBody(protocol, texts), { stream: true });
