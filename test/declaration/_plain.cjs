// A program in plain JavaScript: declares what it reads, and tells what it was refused with.
const { environment } = require('../../lib/declaration');

const cases = JSON.parse(require('node:fs').readFileSync(0, 'utf8'));
const told = {};
for (const [id, data] of Object.entries(cases)) {
  try {
    environment(data);
    told[id] = 'accepted';
  } catch (error) {
    told[id] = error.name === 'DeclarationError' ? error.findings : String(error.stack);
  }
}
process.stdout.write(JSON.stringify(told));
