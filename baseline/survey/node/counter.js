// Runs each test file named on the command line with NODE_V8_COVERAGE, and
// writes the lines of the work tree that ran as a line of JSON after a record
// separator.
const { spawnSync } = require('child_process');
const fs = require('fs');
const { fileURLToPath } = require('url');

const root = '/work/';

// ran lists the lines of a source that no range with count 0 holds. Inner ranges
// come after the outer ones that they correct.
function ran(source, functions) {
	const counts = new Int8Array(source.length).fill(-1);
	for (const { ranges } of functions)
		for (const { startOffset, endOffset, count } of ranges) counts.fill(count ? 1 : 0, startOffset, endOffset);
	const pairs = [];
	let line = 1;
	let hit = false;
	for (let i = 0; i <= source.length; i++) {
		if (i === source.length || source[i] === '\n') {
			const last = pairs[pairs.length - 1];
			if (hit && last && last[1] === line - 1) last[1] = line;
			else if (hit) pairs.push([line, line]);
			hit = false;
			line++;
		} else if (counts[i] === 1 && /[^\s{}();,]/.test(source[i])) {
			hit = true;
		}
	}
	return pairs;
}

for (const file of process.argv.slice(2)) {
	const dir = fs.mkdtempSync('/tmp/counts-');
	spawnSync('node', [root + file], { cwd: root, stdio: 'ignore', timeout: 60000, env: { ...process.env, NODE_V8_COVERAGE: dir } });
	const lines = {};
	for (const name of fs.readdirSync(dir)) {
		for (const script of JSON.parse(fs.readFileSync(`${dir}/${name}`, 'utf8')).result) {
			if (!script.url.startsWith('file://' + root)) continue;
			const path = fileURLToPath(script.url);
			const pairs = ran(fs.readFileSync(path, 'utf8'), script.functions);
			lines[path.slice(root.length)] = (lines[path.slice(root.length)] || []).concat(pairs);
		}
	}
	process.stdout.write(`\n\x1e${JSON.stringify({ test: file, lines })}\n`);
	fs.rmSync(dir, { recursive: true });
}
