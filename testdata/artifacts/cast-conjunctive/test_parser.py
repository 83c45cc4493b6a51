#!/usr/bin/awk -f
# Reads the output of "go test -v" and reports every top-level test.
BEGIN { status["PASS:"] = "passed"; status["FAIL:"] = "failed"; status["SKIP:"] = "skipped"; printf "{" }
/^--- (PASS|FAIL|SKIP): / {
	printf "%s\n  \"%s\": \"%s\"", separator, $3, status[$2]
	separator = ","
}
END { print "\n}" }
