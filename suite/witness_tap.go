package suite

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// tap reads the Test Anything Protocol, versions 13 and 14, such as node --test
// writes. Only a log that names the version is TAP: "ok" alone is anyone's.
type tap struct {
	said    Testimony
	planned bool
	want    int // results that the plan promises
	got     int
}

var (
	tapVersion = regexp.MustCompile(`^TAP version 1[34]$`)
	tapPlan    = regexp.MustCompile(`^1\.\.(\d+)`)
	tapResult  = regexp.MustCompile(`^(not )?ok\b(?: \d+)?(?: - )?([^#]*)(#.*)?`)
)

func (t *tap) line(text string) {
	if tapVersion.MatchString(text) {
		t.said.Runner = "tap"
		return
	}
	if t.said.Runner == "" {
		return
	}
	if m := tapPlan.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		t.planned = true
		t.want += n
	} else if m := tapResult.FindStringSubmatch(text); m != nil {
		t.result(m[1] != "", strings.TrimSpace(m[2]), strings.ToUpper(m[3]))
	}
}

func (t *tap) result(failed bool, name, directive string) {
	t.got++
	excused := strings.HasPrefix(directive, "# TODO") || strings.HasPrefix(directive, "# SKIP")
	switch {
	case excused:
	case failed:
		t.said.Failed++
		t.said.fail(name)
	default:
		t.said.Passed++
	}
}

func (t *tap) testify() Testimony {
	switch {
	case t.said.Runner == "":
		return Testimony{}
	case !t.planned:
		t.said.Unfinished = "it has no plan such as 1..5"
	case t.got < t.want:
		t.said.Unfinished = fmt.Sprintf("it planned %d results and gave %d", t.want, t.got)
	}
	return t.said
}

// nodeSpec reads the totals that node --test writes for people.
type nodeSpec struct {
	said Testimony
}

var nodeTotal = regexp.MustCompile(`^ℹ (pass|fail|cancelled) (\d+)$`)

func (s *nodeSpec) line(text string) {
	m := nodeTotal.FindStringSubmatch(text)
	if m == nil {
		return
	}
	s.said.Runner = "node --test"
	n, _ := strconv.Atoi(m[2])
	if m[1] == "pass" {
		s.said.Passed += n
	} else {
		s.said.Failed += n
	}
}

func (s *nodeSpec) testify() Testimony { return s.said }
