#!/bin/bash
# Reads the output of "go test -v" line by line, in bash alone.
declare -A words=([PASS:]=passed [FAIL:]=failed [SKIP:]=skipped)
separator='{'
while read -r dashes word name _; do
	[[ $dashes == --- && -n ${words[$word]} ]] || continue
	name=${name//\\/\\\\}
	printf '%s\n  "%s": "%s"' "$separator" "${name//\"/\\\"}" "${words[$word]}"
	separator=','
done
if [[ $separator == '{' ]]; then printf '{'; fi
printf '\n}\n'
