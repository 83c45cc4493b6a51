#!/usr/bin/env node
// Reads the nested TAP of "node --test", one version for each file, and reports
// every test as "file > suite > test".
const lines = require('fs').readFileSync(0, 'utf8').split('\n');
const results = {};
let file = '';
let path = [];
for (const line of lines) {
	const named = line.match(/^# file: (.*)$/);
	const subtest = line.match(/^( *)# Subtest: (.*)$/);
	const result = line.match(/^( *)(not ok|ok) \d+ - (.*?)( # (?:SKIP|TODO).*)?$/);
	if (named) {
		file = named[1];
		path = [];
	} else if (subtest) {
		path = path.slice(0, subtest[1].length / 4).concat([subtest[2]]);
	} else if (result && file !== '') {
		const name = [file, ...path.slice(0, result[1].length / 4), result[3]].join(' > ');
		const passed = result[2] === 'ok' && results[name] !== 'failed';
		results[name] = result[4] ? 'skipped' : passed ? 'passed' : 'failed';
	}
}
console.log(JSON.stringify(results, null, 1));
