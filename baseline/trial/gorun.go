package trial

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"

	"github.com/selfplay-swe/ssr/mutate"
	"github.com/selfplay-swe/ssr/sandbox"
	"github.com/selfplay-swe/ssr/suite"
)

// A goRun is what one process of a test binary showed.
type goRun struct {
	statuses map[string]suite.Status // by name of the test, subtests too
	ended    bool
	cpu      time.Duration
	wall     time.Duration
}

// run starts a package's test binary with what is chosen, for some top-level
// tests (nil: all), and drops what it wrote. It has one processor, as there is a
// worker for each: parallel tests run one after the other, so that it is no
// chance which of them a panic takes along. It collects no garbage before it has
// a quarter of a gibibyte, which few tests reach: that saves a twelfth of the time.
func (b *goBench) run(ctx context.Context, box sandbox.Sandbox, p goPackage, chosen string, tests []string, early bool) (goRun, error) {
	args := []string{sandbox.FileDir + "/" + p.binary, "-test.v=test2json", "-test.paniconexit0", "-test.timeout=0"}
	if tests != nil {
		args = append(args, "-test.run=^("+strings.Join(quoted(tests), "|")+")$")
	}
	if early {
		args = append(args, "-test.failfast")
	}
	result, err := box.Run(ctx, sandbox.Cmd{
		Args: args, Dir: path.Join(sandbox.WorkDir, p.dir), Timeout: p.wall, Combine: true,
		Env: []string{mutate.SwitchVariable + "=" + chosen, fmt.Sprintf("%s=%d", mutate.SwitchCPU, p.cpu.Milliseconds()), "GOMAXPROCS=1", "GOGC=off", "GOMEMLIMIT=256MiB"},
	})
	if err != nil {
		return goRun{}, err
	}
	return goRun{readGo(result.Output), endedGo(result), result.CPU, result.Wall}, box.Reset(ctx)
}

func quoted(names []string) []string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = regexp.QuoteMeta(name)
	}
	return quoted
}

// endedGo says whether the tests came to their end: exit status 0 after the
// word PASS, or 1 after FAIL; a panic exits with 2, os.Exit without a word.
func endedGo(result sandbox.Result) bool {
	if result.Class != sandbox.Exited || result.Dropped > 0 {
		return false
	}
	switch result.ExitCode {
	case 0:
		return bytes.Contains(result.Output, []byte("\x16PASS\n"))
	case 1:
		return bytes.Contains(result.Output, []byte("\x16FAIL\n"))
	}
	return false
}

// readGo reads how each test ended. A test that says nothing is not in it; of two
// words about one test the worse counts. The lines are those that everybody
// knows, after the ^V that testing puts before them for test2json:
//
//	^V--- FAIL: TestName/case (0.01s)
func readGo(output []byte) map[string]suite.Status {
	statuses := map[string]suite.Status{}
	for {
		_, rest, more := bytes.Cut(output, []byte("\x16--- "))
		if !more {
			return statuses
		}
		output = rest
		line, _, _ := bytes.Cut(rest, []byte("\n"))
		word, rest, _ := bytes.Cut(line, []byte(": "))
		name, _, whole := bytes.Cut(rest, []byte(" ("))
		status := goStatuses[string(word)]
		if whole && status != 0 {
			statuses[string(name)] = worse(statuses[string(name)], status)
		}
	}
}

var goStatuses = map[string]suite.Status{"PASS": suite.Passed, "FAIL": suite.Failed, "SKIP": suite.Skipped}

func worse(a, b suite.Status) suite.Status {
	if a == suite.Failed || a == suite.Skipped && b != suite.Failed {
		return a
	}
	return b
}
