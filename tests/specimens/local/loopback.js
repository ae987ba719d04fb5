"use strict";
// Preloaded into a specimen that a unit test starts directly: every connection goes to the test's own server on
// loopback, and the facts that only a sandbox can set come from variables.
const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const os = require("node:os");

const port = Number(process.env.LOCAL_PORT);

for (const { Agent } of [http, https]) {
  const connect = Agent.prototype.createConnection;
  Agent.prototype.createConnection = function (options, done) {
    const servername = options.servername || options.host;
    return connect.call(this, { ...options, host: "127.0.0.1", port, servername }, done);
  };
}

const readFileSync = fs.readFileSync;
fs.readFileSync = (file, ...rest) =>
  readFileSync(file === "/etc/machine-id" ? process.env.LOCAL_MACHINE_ID_FILE : file, ...rest);
os.hostname = () => process.env.LOCAL_HOSTNAME;
