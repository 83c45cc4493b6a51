package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/suite"
)

// A nodeRun is what some test files showed.
type nodeRun struct {
	statuses  map[string]suite.Status // by id; nothing of what did not come to its end
	cpu, wall time.Duration
}

// run writes changed files into the tree, runs test files one after the other, and
// drops what was written. A file that a signal ended, as that of a loop by its
// limit of processor time, is the last one.
func (b *nodeBench) run(ctx context.Context, box sandbox.Sandbox, changed map[string][]byte, files []string) (nodeRun, error) {
	script, stdin := b.script(changed, files)
	var wall time.Duration
	for _, file := range files {
		wall += time.Duration(b.limits[file].wall) * time.Second
	}
	result, err := box.Run(ctx, sandbox.Cmd{
		Args: []string{"bash", "-c", script}, Stdin: stdin, Env: []string{"TZ=UTC", "LC_ALL=C.UTF-8"}, Timeout: wall,
	})
	if err != nil {
		return nodeRun{}, err
	}
	run := nodeRun{cpu: result.CPU, wall: result.Wall}
	if result.OK() && json.Unmarshal(result.Output, &run.statuses) != nil {
		run.statuses = nil // the tests' own doing
	}
	return run, box.Reset(ctx)
}

// nodeTry runs one file and says whether the next one is to be run.
const nodeTry = `try() {
	echo "# file: $1"
	(ulimit -t $2; exec timeout -s KILL $3 %s --test-reporter=tap "./$1") </dev/null 2>/dev/null
	[ $? -lt 128 ] # what a signal gives
}
`

// script is what bash does: it takes the changed files from its standard input,
// whose sizes it knows, and gives the parser what the test files print.
func (b *nodeBench) script(changed map[string][]byte, files []string) (script string, stdin []byte) {
	var text strings.Builder
	var input bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		fmt.Fprintf(&text, "head -c %d >%s\n", len(changed[name]), shellQuote("./"+name))
		input.Write(changed[name])
	}
	fmt.Fprintf(&text, nodeTry, b.runner)
	tries := make([]string, len(files))
	for i, file := range files {
		tries[i] = fmt.Sprintf("try %s %d %d", shellQuote(file), b.limits[file].cpu, b.limits[file].wall)
	}
	fmt.Fprintf(&text, "{ %s; } | node %s/parser\n", strings.Join(tries, " && "), sandbox.FileDir)
	return text.String(), input.Bytes()
}

func shellQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
