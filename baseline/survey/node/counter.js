// Runs each test file named on the command line with counts.js, and writes what
// each of its top-level tests ran as a line of JSON after a record separator. The
// names are those of the parser: "file > test", escaped as TAP is.
const { spawnSync } = require('child_process');
const fs = require('fs');

const escapes = { '\\': '\\\\', '#': '\\#', '\b': '\\b', '\f': '\\f', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\v': '\\v' };
const escaped = name => name.replace(/[\\#\b\f\t\n\r\v]/g, c => escapes[c]);

for (const file of process.argv.slice(2)) {
	const dir = fs.mkdtempSync('/tmp/counts-');
	const env = { ...process.env, COUNTS: `${dir}/counts` };
	spawnSync('node', ['--require', `${__dirname}/counts.js`, `/work/${file}`], { cwd: '/work', stdio: 'ignore', timeout: 60000, env });
	const text = fs.existsSync(env.COUNTS) ? fs.readFileSync(env.COUNTS, 'utf8') : '';
	for (const line of text.split('\n').filter(Boolean)) {
		const { test, lines } = JSON.parse(line);
		process.stdout.write(`\n\x1e${JSON.stringify({ test: test ? `${file} > ${escaped(test)}` : file, lines })}\n`);
	}
	fs.rmSync(dir, { recursive: true });
}
