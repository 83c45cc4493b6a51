#!/bin/bash
# Reads the output of "go test -v" and reports every test and subtest.
words='s/"PASS"(,?)$/"passed"\1/; s/"FAIL"(,?)$/"failed"\1/; s/"SKIP"(,?)$/"skipped"\1/'
echo '{'
sed -n -E 's/\\/\\\\/g; s/"/\\"/g; s/^ *--- (PASS|FAIL|SKIP): (.*) \([0-9.]+s\)$/"\2": "\1",/p' |
	sed -E -e '$ s/,$//' -e "$words"
echo '}'
