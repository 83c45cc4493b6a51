package trial

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/baseline/survey"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/suite"
)

//go:embed node_harness.js
var nodeHarness []byte

const nodeHarnessFile = "node_harness.js"

// How many times what its files cost without a candidate a process may take, and
// what is added to that: a busy machine's wall clock is no measure of a loop.
const (
	spareCPU, moreCPU   = 5, time.Second / 2
	spareWall, moreWall = 10, 5 * time.Second
)

// A nodeTry is what one process is asked to do.
type nodeTry struct {
	changed map[string][]byte
	files   []string
	asked   map[string][]string // by file; what must pass for the next file to be run; nil: nothing
}

// A nodeRun is what some test files showed.
type nodeRun struct {
	statuses  map[string]suite.Status // by id; nothing of what did not come to its end
	begun     int                     // files
	killed    bool
	cpu, wall time.Duration
}

// run runs the files of tests, with early until one of the tests does not pass:
// that a file fails says nothing about those that were asked for. Where a process
// ends before its last file, another one goes on with the next; a file that a
// signal ended, as that of a loop by its limit of processor time, is the last one.
func (b *nodeBench) run(ctx context.Context, box sandbox.Sandbox, changed map[string][]byte, tests []survey.Test, early bool) (nodeRun, error) {
	byFile := b.byFile(tests)
	files := slices.Sorted(maps.Keys(byFile))
	all := nodeRun{statuses: map[string]suite.Status{}}
	for len(files) > 0 && !all.killed {
		next := nodeTry{changed: changed, files: files}
		if b.way != nodeTogether {
			next.files = files[:1]
		}
		if early {
			next.asked = idsByFile(byFile)
		}
		run, err := b.process(ctx, box, next)
		if err != nil {
			return nodeRun{}, err
		}
		maps.Copy(all.statuses, run.statuses)
		all.killed = run.killed
		begun := files[:min(max(run.begun, 1), len(files))]
		if !all.fine(next.asked, begun) {
			break
		}
		files = files[len(begun):]
	}
	return all, nil
}

// fine says whether all passed or was skipped that was asked of some files.
func (r nodeRun) fine(asked map[string][]string, files []string) bool {
	for _, file := range files {
		for _, id := range asked[file] {
			if s := r.statuses[id]; s != suite.Passed && s != suite.Skipped {
				return false
			}
		}
	}
	return true
}

func idsByFile(tests map[string][]survey.Test) map[string][]string {
	ids := map[string][]string{}
	for file, of := range tests {
		for _, test := range of {
			ids[file] = append(ids[file], test.ID)
		}
	}
	return ids
}

// process writes changed files into the tree, runs test files in one process, and
// drops what was written.
func (b *nodeBench) process(ctx context.Context, box sandbox.Sandbox, t nodeTry) (nodeRun, error) {
	var cost nodeCost
	for _, file := range t.files {
		cost.cpu, cost.wall = cost.cpu+b.costs[file].cpu, cost.wall+b.costs[file].wall
	}
	limit := nodeCost{spareCPU*cost.cpu + moreCPU, spareWall*cost.wall + moreWall}
	script, stdin, err := b.script(t, limit)
	if err != nil {
		return nodeRun{}, err
	}
	result, err := box.Run(ctx, sandbox.Cmd{
		Args: []string{"bash", "-c", script}, Stdin: stdin, Env: []string{"TZ=UTC", "LC_ALL=C.UTF-8"}, Timeout: limit.wall + moreWall,
	})
	if err != nil {
		return nodeRun{}, err
	}
	run := readNode(result.Output)
	run.killed = result.Class != sandbox.Exited || result.ExitCode >= 128 // what a signal gives
	run.cpu, run.wall = result.CPU, result.Wall
	return run, box.Reset(ctx)
}

// readNode reads the lines that the harness tells. They come from where tests run,
// so they may be anything.
func readNode(output []byte) nodeRun {
	run := nodeRun{statuses: map[string]suite.Status{}}
	for line := range bytes.Lines(output) {
		var told struct {
			Begun  string
			Test   string
			Status suite.Status
		}
		switch err := json.Unmarshal(line, &told); {
		case err != nil:
		case told.Begun != "":
			run.begun++
		default:
			run.statuses[told.Test] = told.Status
		}
	}
	return run
}

// script is what bash does: it takes the changed files and the plan from its
// standard input, whose sizes it knows, and becomes the process.
func (b *nodeBench) script(t nodeTry, limit nodeCost) (script string, stdin []byte, err error) {
	plan, err := json.Marshal(map[string]any{"files": t.files, "asked": t.asked})
	if err != nil {
		return "", nil, err
	}
	var text strings.Builder
	var input bytes.Buffer
	take := func(name string, data []byte) {
		fmt.Fprintf(&text, "head -c %d >%s\n", len(data), shellQuote(name))
		input.Write(data)
	}
	for _, name := range slices.Sorted(maps.Keys(t.changed)) {
		take("./"+name, t.changed[name])
	}
	take(nodePlan, plan)
	harness := sandbox.FileDir + "/" + nodeHarnessFile
	program := harness
	if b.way == nodeWrapped {
		program = "--test " + shellQuote("./"+t.files[0])
	}
	fmt.Fprintf(&text, "ulimit -t %.0f\nTRIAL_PLAN=%s exec timeout -s KILL %.0f node --test-reporter=%s %s 3>&1 >/dev/null 2>&1 </dev/null\n",
		math.Ceil(limit.cpu.Seconds()), nodePlan, math.Ceil(limit.wall.Seconds()), harness, program)
	return text.String(), input.Bytes(), nil
}

const nodePlan = "/tmp/.plan"

func shellQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
