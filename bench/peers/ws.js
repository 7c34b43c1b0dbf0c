// Node `ws`: one send per client and frame, as its documentation shows.
"use strict";
const { WebSocketServer } = require("ws");

const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false, backlog: 4096 });
server.on("listening", () => console.log(server.address().port));
server.on("connection", (socket) => socket.on("error", () => {}));

let number = 0;
function frame() {
  number += 1;
  const head = `{"t":${process.hrtime.bigint()},"n":${number},"pad":"`;
  return Buffer.from(head + "x".repeat(298 - head.length) + '"}');
}

function broadcast() {
  const data = frame();
  for (const client of server.clients) client.send(data, { binary: false });
  setImmediate(broadcast);
}

process.stdin.once("data", broadcast);
process.stdin.once("end", () => process.exit(0));
