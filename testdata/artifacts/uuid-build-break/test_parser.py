#!/usr/bin/awk -f
# Reads the output of "go test -v" and reports every test and subtest.
$1 == "---" && ($2 == "PASS:" || $2 == "FAIL:" || $2 == "SKIP:") {
	n++
	name[n] = $3
	gsub(/["\\]/, "\\\\&", name[n])
	status[n] = $2 == "PASS:" ? "passed" : $2 == "FAIL:" ? "failed" : "skipped"
}
END {
	print "{"
	for (i = 1; i <= n; i++)
		printf "  \"%s\": \"%s\"%s\n", name[i], status[i], i < n ? "," : ""
	print "}"
}
