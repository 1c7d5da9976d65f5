/**
 * The side of a Sigstore that others see, over TLS: a folder, and local servers by their ports and sockets.
 * usage: node front.js '{"address":…,"certificate":FILE,"key":FILE,"ports":{PORT: {"folder"|"port"|"socketPath":…}}}'
 */
const { readFile, readFileSync } = require('node:fs');
const { request } = require('node:http');
const { createServer } = require('node:https');
const { join, posix } = require('node:path');

const { address, certificate, key, ports } = JSON.parse(process.argv[2]);
const tls = { cert: readFileSync(certificate), key: readFileSync(key) };

const pass = (to, question, answer) => {
  const { headers, method, url } = question;
  const onward = request({ host: '127.0.0.1', ...to, path: url, method, headers }, (said) => {
    answer.writeHead(said.statusCode, said.headers);
    said.pipe(answer);
  });
  onward.on('error', () => answer.writeHead(502).end());
  question.pipe(onward);
};

const give = ({ folder }, question, answer) => {
  const path = posix.normalize(new URL(question.url, 'https://front').pathname);
  readFile(join(folder, path), (error, data) => answer.writeHead(error === null ? 200 : 404).end(data));
};

for (const [port, to] of Object.entries(ports))
  createServer(tls, (question, answer) => (to.folder === undefined ? pass : give)(to, question, answer)).listen(
    Number(port),
    address,
  );
