#!/usr/bin/env node
/** Stands for kubectl: `proxy` answers as the file in FAKE says, by path; anything else is its error. With `once` it ends after its first answer. */
const { createServer } = require('node:http');
const { readFileSync } = require('node:fs');

const fake = JSON.parse(readFileSync(process.env.FAKE, 'utf8'));
if (fake.error !== undefined) {
  process.stderr.write(`error: ${fake.error}\n`);
  process.exit(1);
}
const socket = process.argv.find((arg) => arg.startsWith('--unix-socket=')).slice('--unix-socket='.length);
createServer((request, response) => {
  const path = request.url.split('?')[0];
  const [status, body] = fake.answers[`${request.method} ${path}`] ??
    fake.answers[path] ??
    fake.answers['*'] ?? [404, { kind: 'Status', message: `${path} not found` }];
  response.writeHead(status, {
    'content-type': 'application/json',
    ...(fake.date === undefined ? {} : { date: fake.date }),
  });
  response.end(JSON.stringify(body), () => {
    if (fake.once === true) process.exit(0);
  });
}).listen(socket, () => process.stdout.write('Starting to serve on a socket\n'));
