package survey

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/selfplay-swe/ssr/repo"
	"github.com/selfplay-swe/ssr/sandbox"
)

// goCoverScript builds one instrumented test binary per package, all at once,
// and then runs every test by itself, as many at a time as there are
// processors. Standard input has a line "folder<TAB>TestName" per test. What
// each covers is printed after a line "<TAB>number"; its own output is dropped.
//
// A binary stands in its package's folder under a name that nothing else has,
// since go test -o refuses two packages of one name in one folder.
const goCoverScript = `
cat >/tmp/tests
cut -f1 /tmp/tests | sort -u >/tmp/dirs
mkdir -p /tmp/out
n=0
while IFS= read -r dir; do
	n=$((n+1))
	printf '%s\n' "$n" >"/work/$dir/.survey"
	printf '%s\0%s\0' "$n" "$dir"
done </tmp/dirs | xargs -0 -n 2 -P "$(nproc)" sh -c 'go test -c -vet=off -cover -covermode=set -coverpkg=./... -o "/tmp/out/$0.test" "./$1"' >/dev/null 2>&1
export GORACE=halt_on_error=0
one() {
	cd "/work/$2" || exit 0
	binary=/tmp/out/$(cat .survey).test
	[ -x "$binary" ] || exit 0
	profile=/tmp/out/$1.profile
	timeout 20 "$binary" "-test.run=^$3\$" "-test.coverprofile=$profile" >/dev/null 2>&1 </dev/null
	[ -e "$profile" ] && { printf '\t%s\n' "$1"; grep ' [1-9][0-9]*$' "$profile"; } >"$profile.run"
	rm -f "$profile"
}
export -f one
n=0
while IFS=$'\t' read -r dir name; do
	printf '%s\0%s\0%s\0' "$n" "$dir" "$name"
	n=$((n+1))
done </tmp/tests | timeout 200 xargs -0 -n 3 -P "$(nproc)" bash -c 'one "$@"' bash
cat /tmp/out/*.run
`

// goCover measures each test with the module's own packages instrumented. Tests
// that do not end in time, or end the program, have no profile.
func goCover(ctx context.Context, s Subject, tests []Test) (map[string][]Span, error) {
	module, err := goModule(s.Tree)
	if err != nil {
		return nil, err
	}
	var list strings.Builder
	for _, t := range tests {
		fmt.Fprintf(&list, "%s\t%s\n", t.Dir, t.Name)
	}
	out, err := s.output(ctx, nil, sandbox.Cmd{Args: []string{"bash", "-c", goCoverScript}, Stdin: []byte(list.String())})
	if err != nil {
		return nil, err
	}
	return goProfiles(out, module, s.Tree, tests), nil
}

// goBlock is a line of a cover profile, without the count.
var goBlock = regexp.MustCompile(`^(.+):(\d{1,9})\.(\d{1,9}),(\d{1,9})\.(\d{1,9}) \d+ \d+$`)

// goProfiles reads the blocks of each test.
func goProfiles(out []byte, module string, tree *repo.Tree, tests []Test) map[string][]Span {
	spans := map[string][]Span{}
	known := map[string][]Span{} // by line: most tests run many of the same
	id := ""
	for line := range bytes.Lines(out) {
		text := strings.TrimSuffix(string(line), "\n")
		if number, ok := strings.CutPrefix(text, "\t"); ok {
			id = ""
			if i, err := strconv.Atoi(number); err == nil && i >= 0 && i < len(tests) {
				id = tests[i].ID
			}
			continue
		}
		block, ok := known[text]
		if !ok {
			block = goSpan(text, module, tree)
			known[text] = block
		}
		if id != "" {
			spans[id] = append(spans[id], block...)
		}
	}
	for id, list := range spans {
		spans[id] = merge(list)
	}
	return spans
}

// goSpan is the lines of a block, or nothing. A block that ends before the first
// sign of a line does not run that line, and neither does one whose last sign
// there is the brace that closes it.
func goSpan(line, module string, tree *repo.Tree) []Span {
	m := goBlock.FindStringSubmatch(line)
	if m == nil {
		return nil
	}
	file := path.Clean(strings.TrimPrefix(strings.TrimPrefix(m[1], module), "/"))
	if _, ok := tree.Mode(file); !ok || strings.HasSuffix(file, "_test.go") {
		return nil
	}
	first, _ := strconv.Atoi(m[2])
	last, _ := strconv.Atoi(m[4])
	if column, _ := strconv.Atoi(m[5]); column <= 2 && last > first {
		last--
	}
	return span(file, first, last)
}

// mostLines is more than a file can have whose lines are of interest.
const mostLines = 1_000_000

// span is lines of a file, or nothing if there are no such lines.
func span(file string, first, last int) []Span {
	if first < 1 || last < first || last > mostLines {
		return nil
	}
	return []Span{{file, first, last}}
}

// merge sorts spans and joins those of one file that touch.
func merge(spans []Span) []Span {
	slices.SortFunc(spans, func(a, b Span) int {
		if a.File != b.File {
			return strings.Compare(a.File, b.File)
		}
		return a.First - b.First
	})
	var merged []Span
	for _, s := range spans {
		if n := len(merged); n > 0 && merged[n-1].File == s.File && s.First <= merged[n-1].Last+1 {
			merged[n-1].Last = max(merged[n-1].Last, s.Last)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}
