// socket.io: `io.emit` over its websocket transport.
"use strict";
const http = require("node:http");
const { Server } = require("socket.io");

const web = http.createServer();
const io = new Server(web, { transports: ["websocket"], perMessageDeflate: false, serveClient: false });
web.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => console.log(web.address().port));

let number = 0;
function payload() {
  number += 1;
  const t = process.hrtime.bigint();
  const used = `42["m",{"t":${t},"n":${number},"pad":""}]`.length;
  return { t: Number(t), n: number, pad: "x".repeat(300 - used) };
}

function broadcast() {
  io.emit("m", payload());
  setImmediate(broadcast);
}

process.stdin.once("data", broadcast);
process.stdin.once("end", () => process.exit(0));
