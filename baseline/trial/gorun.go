package trial

import (
	"bytes"
	"context"
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
// tests (nil: all), and drops what it wrote.
func (b *goBench) run(ctx context.Context, box sandbox.Sandbox, p goPackage, chosen string, tests []string, early bool) (goRun, error) {
	args := []string{sandbox.FileDir + "/" + p.binary, "-test.v=test2json", "-test.paniconexit0", "-test.timeout=0"}
	if tests != nil {
		args = append(args, "-test.run=^("+strings.Join(quoted(tests), "|")+")$")
	}
	if early {
		args = append(args, "-test.failfast")
	}
	result, err := box.Run(ctx, sandbox.Cmd{Args: args, Dir: workDir(p.dir), Env: []string{mutate.SwitchVariable + "=" + chosen}, Timeout: p.limit, Combine: true})
	if err != nil {
		return goRun{}, err
	}
	statuses := readGo(result.Output)
	return goRun{statuses, endedGo(result), result.CPU, result.Wall}, box.Reset(ctx)
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

// A test's end, as testing prints it for test2json: ^V, four spaces for each
// level of subtests, and the line that everybody knows.
var goEnd = regexp.MustCompile(`\x16 *--- (PASS|FAIL|SKIP): (\S+) \(\d+\.\d+s\)`)

// readGo reads how each test ended. A test that says nothing is not in it. Of two
// words about one test the worse counts.
func readGo(output []byte) map[string]suite.Status {
	statuses := map[string]suite.Status{}
	for _, match := range goEnd.FindAllSubmatch(output, -1) {
		name := string(match[2])
		switch string(match[1]) {
		case "PASS":
			if statuses[name] == 0 {
				statuses[name] = suite.Passed
			}
		case "FAIL":
			statuses[name] = suite.Failed
		case "SKIP":
			if statuses[name] != suite.Failed {
				statuses[name] = suite.Skipped
			}
		}
	}
	return statuses
}
