// Reads {"files": {path: base64}, "edits": [[{file, start, before, after}, …], …]}
// and writes one digit for each edit: 1 where the file still parses with it. It
// compiles and runs nothing. A file is what its original parses as: a CommonJS
// module or an ES module.
const vm = require('vm');
const { files, edits } = JSON.parse(require('fs').readFileSync(0, 'utf8'));

const common = ['exports', 'require', 'module', '__filename', '__dirname'];
const kinds = [
	text => vm.compileFunction(text.replace(/^#!.*/, ''), common),
	text => new vm.SourceTextModule(text),
];

function parses(kind, source) {
	try {
		kind(source.toString('utf8'));
		return true;
	} catch {
		return false;
	}
}

// edited applies the changes of one file, sorted; null where one is of another.
function edited(source, file, changes) {
	const parts = [];
	let at = 0;
	for (const c of changes) {
		if (c.file !== file) return null;
		parts.push(source.subarray(at, c.start), Buffer.from(c.after));
		at = c.start + Buffer.byteLength(c.before);
	}
	return Buffer.concat([...parts, source.subarray(at)]);
}

const sources = {};
for (const [file, text] of Object.entries(files)) {
	const source = Buffer.from(text, 'base64');
	sources[file] = { source, kind: kinds.find(kind => parses(kind, source)) };
}
let answer = '';
for (const changes of edits) {
	const { source, kind } = sources[changes[0].file];
	const text = kind && edited(source, changes[0].file, changes);
	answer += text && parses(kind, text) ? '1' : '0';
}
process.stdout.write(answer);
