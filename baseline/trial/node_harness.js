// Runs test files in one process, each as if it were alone, and tells descriptor 3
// what became of every test. It is the program and the reporter of its tests:
//
//	node --test-reporter=node_harness.js node_harness.js PLAN
//
// PLAN holds {"files": [path, …], "asked": {path: [id, …]} or null}. A file is
// over when nothing is left to wait for, which is when its own process would end.
// The next one finds no module loaded. Where a file leaves a test without an end,
// or with asked one of those did not pass, it is the last one.
//
// Under node --test, which has a process for each file, it is only the reporter.
const fs = require('fs');
const { pathToFileURL } = require('url');

const plan = JSON.parse(fs.readFileSync(process.env.TRIAL_PLAN, 'utf8'));
delete process.env.TRIAL_PLAN;
const { writeSync } = fs; // tests may replace them
const { stringify } = JSON;
const tell = what => writeSync(3, stringify(what) + '\n');

const escapes = { '\\': '\\\\', '#': '\\#', '\b': '\\b', '\f': '\\f', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\v': '\\v' };
const escaped = name => name.replace(/[\\#\b\f\t\n\r\v]/g, c => escapes[c]);

let file = plan.files[0];
let path = []; // names of the tests around
let open = 0; // top-level tests that are not over
const results = {};

// heard keeps a test's result under the name that the survey's parser gives it.
function heard(type, { nesting, name, skip, todo }) {
	if (type === 'test:enqueue' && nesting === 0) open++;
	if (type === 'test:start') path = [...path.slice(0, nesting), escaped(name)];
	if (type !== 'test:pass' && type !== 'test:fail') return;
	if (nesting === 0) open--;
	const id = [file, ...path.slice(0, nesting), escaped(name)].join(' > ');
	const passed = type === 'test:pass' && results[id] !== 'failed';
	results[id] = skip !== undefined || todo !== undefined ? 'skipped' : passed ? 'passed' : 'failed';
	tell({ test: id, status: results[id] });
}

module.exports = async function* (events) {
	for await (const { type, data } of events) heard(type, data);
};

const fine = id => results[id] === 'passed' || results[id] === 'skipped';

function next() {
	file = plan.files.shift();
	tell({ begun: file });
	for (const name of Object.keys(require.cache)) if (name !== __filename) delete require.cache[name];
	process.argv = [process.argv[0], `${process.cwd()}/${file}`];
	// As a task of its own: what is only awaited does not keep a process from its end.
	setImmediate(() => import(pathToFileURL(file)).catch(problem => setImmediate(() => { throw problem; })));
}

if (require.main === module) {
	const { emit } = process;
	// What ends the tests of a process listens for this.
	process.emit = function (event, ...rest) {
		const over = open !== 0 || plan.files.length === 0 || (plan.asked && !plan.asked[file].every(fine));
		if (event !== 'beforeExit' || over) return emit.call(process, event, ...rest);
		next();
		return true;
	};
	next();
} else {
	tell({ begun: file });
}
