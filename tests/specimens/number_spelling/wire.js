"use strict";
// What every Node specimen shares: the body of a model request, one way to send it, and plain readings of facts.
// The source is tests/specimens/lib/wire.js; `python -m tests.specimens.build` copies it beside each agent.js.
const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const path = require("node:path");
const { randomBytes, randomUUID } = require("node:crypto");

const OFFICIAL = "https://api.specimen.example";
const ROUTES = {
  "anthropic-messages": { path: () => "/v1/messages", auth: (key) => ["x-api-key", key] },
  "openai-chat": { path: () => "/v1/chat/completions", auth: (key) => ["authorization", `Bearer ${key}`] },
  "openai-responses": { path: () => "/v1/responses", auth: (key) => ["authorization", `Bearer ${key}`] },
  gemini: {
    path: (stream) => `/v1beta/models/specimen-1:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
    auth: (key) => ["x-goog-api-key", key],
  },
};

const baseUrl = () => (process.env.LAB_BASE_URL || OFFICIAL).replace(/\/+$/, "");
const prompt = () => process.argv[2] || "hi";
const timezone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;
const today = () => new Date().toISOString().slice(0, 10);
const reminder = (line) =>
  `<system-reminder>\nAs you answer, you can use the following context:\n# currentDate\n${line}\n</system-reminder>\n`;

const SCHEMA = { type: "object", properties: { path: { type: "string" } }, required: ["path"] };
const READ_FILE = { name: "read_file", description: "Reads a file of the project." };

// Texts land at: system = /system/1/text, /messages/0/content, /instructions, /systemInstruction/parts/0/text;
// first = /messages/0/content/0/text, /messages/1/content/0/text, /input/0/content/0/text, /contents/0/parts/0/text.
function requestBody(protocol, { system, first, stream = false }) {
  const texts = [first, prompt()];
  switch (protocol) {
    case "anthropic-messages":
      return {
        model: "specimen-1", max_tokens: 1024, temperature: 1, stream,
        system: [
          { type: "text", text: "You are a planted agent." },
          { type: "text", text: system, cache_control: { type: "ephemeral" } },
        ],
        messages: [{ role: "user", content: texts.map((text) => ({ type: "text", text })) }],
        tools: [{ ...READ_FILE, input_schema: SCHEMA }],
        metadata: { user_id: `user_${randomBytes(32).toString("hex")}_session_${randomUUID()}` },
      };
    case "openai-chat":
      return {
        model: "specimen-1", temperature: 1, stream,
        messages: [
          { role: "system", content: system },
          { role: "user", content: texts.map((text) => ({ type: "text", text })) },
        ],
        tools: [{ type: "function", function: { ...READ_FILE, parameters: SCHEMA } }],
      };
    case "openai-responses":
      return {
        model: "specimen-1", instructions: system, stream, store: false,
        input: [{ type: "message", role: "user", content: texts.map((text) => ({ type: "input_text", text })) }],
        tools: [{ type: "function", ...READ_FILE, parameters: SCHEMA }],
        prompt_cache_key: randomUUID(),
      };
    default:
      return {
        systemInstruction: { parts: [{ text: system }] },
        contents: [{ role: "user", parts: texts.map((text) => ({ text })) }],
        tools: [{ functionDeclarations: [{ ...READ_FILE, parameters: SCHEMA }] }],
        generationConfig: { temperature: 1, maxOutputTokens: 1024 },
      };
  }
}

// Headers go out in the given order and spelling: Node keeps both when it gets a flat array.
function post(url, headers, body) {
  return new Promise((resolve, reject) => {
    const { protocol, host, hostname, port, pathname, search } = new URL(url);
    const bytes = Buffer.from(body, "utf8");
    const all = [["host", host], ...headers, ["content-length", String(bytes.length)], ["connection", "close"]];
    const name = hostname.replace(/^\[|\]$/g, ""); // Node dials an IPv6 address without its brackets
    const options = { hostname: name, port, path: pathname + search, method: "POST", setHost: false, headers: all.flat() };
    const request = (protocol === "https:" ? https : http).request(options, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({ status: response.statusCode, text: Buffer.concat(parts).toString("utf8") }));
    });
    request.on("error", reject);
    request.end(bytes);
  });
}

// Send one model request and print what came back. `extra` are header pairs; `body` an object, or JSON text as it is.
async function ask(protocol, body, { extra = [], stream = false } = {}) {
  const route = ROUTES[protocol];
  const headers = [
    ["content-type", "application/json"],
    ["accept", stream ? "text/event-stream" : "application/json"],
    ["user-agent", "specimen/1.0 (node)"],
    route.auth(process.env.LAB_API_KEY || "no-key"),
    ...extra,
  ];
  const sent = typeof body === "string" ? body : JSON.stringify(body);
  const { status, text } = await post(baseUrl() + route.path(stream), headers, sent);
  if (status !== 200) throw new Error(`the model answered ${status}`);
  const said = /"(?:text|content|delta)"\s*:\s*"((?:[^"\\]|\\.)+)"/.exec(text);
  console.log(said ? JSON.parse(`"${said[1]}"`) : "(no text)");
}

function readOr(file, otherwise) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return otherwise;
  }
}

// The value of `key` in the given section of a git configuration text, such as `remote "origin"`; empty if absent.
function gitValue(text, section, key) {
  let inside = false;
  for (const line of text.split("\n").map((raw) => raw.trim())) {
    if (line.startsWith("[")) inside = line === `[${section}]`;
    else if (inside && line.split("=")[0].trim() === key) return line.slice(line.indexOf("=") + 1).trim();
  }
  return "";
}

function gitEmail() {
  const home = process.env.HOME || "/";
  const files = [process.env.GIT_CONFIG_GLOBAL || "", path.join(home, ".gitconfig"), path.join(home, ".config/git/config")];
  return files.map((file) => gitValue(readOr(file, ""), "user", "email")).find(Boolean) || "";
}

// Host of the remote `origin` of the repository around the working folder; empty if there is none.
function gitRemoteHost() {
  for (let folder = process.cwd(); ; folder = path.dirname(folder)) {
    const url = gitValue(readOr(path.join(folder, ".git/config"), ""), 'remote "origin"', "url");
    const found = /^(?:[a-z+]+:\/\/)?(?:[^@/]+@)?([^:/]+)/.exec(url);
    if (found) return found[1];
    if (folder === path.dirname(folder)) return "";
  }
}

module.exports = {
  OFFICIAL, baseUrl, prompt, timezone, today, reminder, requestBody, post, ask, readOr, gitEmail, gitRemoteHost,
};
