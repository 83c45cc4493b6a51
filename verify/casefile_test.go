package verify_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/verify"
)

// options reads the directives that are options.
func (c *judgeCase) options(t *testing.T) verify.Options {
	t.Helper()
	var o verify.Options
	for _, d := range c.directives {
		var err error
		switch d[0] {
		case "min-passing":
			o.MinPassing, err = strconv.Atoi(d[1])
		case "min-changed":
			o.MinChangedFiles, err = strconv.Atoi(d[1])
		case "min-failing":
			o.MinFailing, err = strconv.Atoi(d[1])
		case "max-broken":
			o.MaxBrokenShare, err = strconv.ParseFloat(d[1], 64)
		case "repeats":
			o.Repeats, err = strconv.Atoi(d[1])
		case "perturb":
			o.Perturb = true
		case "allow-failing":
			o.AllowFailing = true
		case "timeout":
			o.Timeout, err = time.ParseDuration(d[1])
		case "parser-timeout":
			o.ParserTimeout, err = time.ParseDuration(d[1])
		case "disk":
			o.Limits.Disk, err = strconv.ParseInt(d[1], 10, 64)
		case "memory":
			o.Limits.Memory, err = strconv.ParseInt(d[1], 10, 64)
		case "output":
			o.Limits.Output, err = strconv.ParseInt(d[1], 10, 64)
		case "pids":
			o.Limits.PIDs, err = strconv.Atoi(d[1])
		case "without", "cut", "link", "exec", "paper", "mask":
		default:
			t.Fatalf("%s: no directive is called %q", c.path, d[0])
		}
		require.NoError(t, err)
	}
	return o
}

// text is a report without what differs between two runs of one judge: times,
// and the lines of logs.
func text(r *verify.Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "consistent: %t\n", r.Consistent)
	for _, check := range r.Checks {
		verdict := "failed"
		if check.Passed {
			verdict = "passed"
		}
		fmt.Fprintf(&b, "%s: %s: %s\n", check.Name, verdict, check.Finding)
	}
	for _, list := range []struct {
		name string
		ids  []string
	}{{"fail_to_pass", r.FailToPass}, {"pass_to_pass", r.PassToPass}, {"flaky", r.Flaky}, {"hidden", r.Hidden}} {
		fmt.Fprintf(&b, "%s\n", strings.TrimSpace(list.name+": "+strings.Join(list.ids, " ")))
	}
	fmt.Fprintf(&b, "runs: %d\n", r.Runs+r.RunsSaved)
	return b.String()
}
