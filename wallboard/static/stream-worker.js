// All tabs of a browser share this worker, and with it one stream: HTTP/1.1 gives a browser six
// connections to a host, and the seventh tab would wait for ever.
importScripts("stream-source.js");

const ports = new Set();
const memory = new StreamMemory();
let source = null;

function deliver(message) {
  memory.take(message);
  for (const port of ports) port.postMessage(message);
}

onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data.leave) {
      ports.delete(port);
      return;
    }
    ports.add(port);
    for (const message of memory.messages()) port.postMessage(message);
    if (source) return;
    source = new StreamSource(data.join, deliver);
    source.run();
  };
};
