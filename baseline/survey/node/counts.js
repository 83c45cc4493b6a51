// Loaded before a test file: counts with V8, and at the exit of the process writes
// the lines of the work tree that each top-level test ran, as lines of JSON,
// to the file that COUNTS names. What was run before the first
// test is said of all of them, under the name "".
const { Session } = require('inspector');
const fs = require('fs');
const { fileURLToPath } = require('url');
const { beforeEach, afterEach } = require('node:test');

const root = '/work/';
const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

// ran lists the lines of a source that no range with count 0 holds. Inner ranges
// come after the outer ones that they correct.
function ran(source, functions) {
	const counts = new Int8Array(source.length).fill(-1);
	for (const { ranges } of functions)
		for (const { startOffset, endOffset, count } of ranges) counts.fill(count ? 1 : 0, startOffset, endOffset);
	const lines = [];
	let line = 1;
	for (let i = 0; i < source.length; i++) {
		if (source[i] === '\n') line++;
		else if (counts[i] === 1 && lines[lines.length - 1] !== line && /[^\s{}();,]/.test(source[i])) lines.push(line);
	}
	return lines;
}

const sources = new Map();
const read = path => sources.get(path) ?? sources.set(path, fs.readFileSync(path, 'utf8')).get(path);

const tests = new Map(); // by name: file to set of lines

// take adds what was counted since the last time to what a test ran.
function take(name) {
	const files = tests.get(name) ?? tests.set(name, new Map()).get(name);
	session.post('Profiler.takePreciseCoverage', (error, counted) => {
		for (const { url, functions } of error ? [] : counted.result) {
			if (!url.startsWith('file://' + root) || url.includes('/node_modules/')) continue;
			const path = fileURLToPath(url);
			const lines = files.get(path) ?? files.set(path, new Set()).get(path);
			for (const line of ran(read(path), functions)) lines.add(line);
		}
	});
}

const top = t => (t.fullName ?? '').split(' > ')[0];
let open = '';
beforeEach(t => (take(open), (open = top(t))));
afterEach(t => take(top(t)));

// pairs joins neighbouring lines.
function pairs(lines) {
	const list = [];
	for (const line of [...lines].sort((a, b) => a - b)) {
		const last = list[list.length - 1];
		if (last && last[1] === line - 1) last[1] = line;
		else list.push([line, line]);
	}
	return list;
}

process.on('exit', () => {
	take(open);
	for (const [test, files] of tests) {
		const lines = {};
		for (const [path, set] of files) lines[path.slice(root.length)] = pairs(set);
		fs.appendFileSync(process.env.COUNTS, JSON.stringify({ test, lines }) + '\n');
	}
});
