package suite

import (
	"regexp"
	"strconv"
	"strings"
)

// pytest reads pytest's terminal report.
type pytest struct {
	said     Testimony
	sessions int // that started less those that ended
}

var (
	pytestStart   = regexp.MustCompile(`^=+ test session starts =+`)
	pytestSummary = regexp.MustCompile(`^(?:=+ )?(?:\d+ (?:subtests )?[a-z]+, )*(?:\d+ (?:subtests )?[a-z]+|no tests ran) in \d[\d.]*s\b`)
	pytestCount   = regexp.MustCompile(`(\d+) (passed|failed|errors?)\b`)
	pytestFailing = regexp.MustCompile(`^(?:FAILED|ERROR|SUBFAILED.*?) (\S+::\S+|\S+\.py\b)`) // a subtest's has its arguments, which may hold spaces
)

func (p *pytest) line(text string) {
	if len(text) > 4*maxLine {
		return
	}
	switch {
	case pytestStart.MatchString(text):
		p.said.Runner = "pytest"
		p.sessions++
	case pytestSummary.MatchString(text):
		p.said.Runner = "pytest"
		p.sessions--
		for _, m := range pytestCount.FindAllStringSubmatch(text, -1) {
			n, _ := strconv.Atoi(m[1])
			if m[2] == "passed" {
				p.said.Passed += n
			} else {
				p.said.Failed += n
			}
		}
	case pytestFailing.MatchString(text):
		p.said.fail(pytestFailing.FindStringSubmatch(text)[1])
	}
}

func (p *pytest) testify() Testimony {
	if p.said.Runner == "" {
		return Testimony{}
	}
	if p.sessions > 0 {
		p.said.Unfinished = "the session started and has no summary"
	}
	return p.said
}

// unittest reads what python -m unittest writes; with -v it can be told that it
// ended early.
type unittest struct {
	said Testimony
	open bool // tests were named, and no "Ran" has come since
}

var (
	unittestTest   = regexp.MustCompile(`^(\w+) \([\w.]+\)(?: \.\.\. |$)`)
	unittestRan    = regexp.MustCompile(`^Ran (\d+) tests? in \d`)
	unittestFailed = regexp.MustCompile(`^FAILED \((.+)\)$`)
	unittestCount  = regexp.MustCompile(`(failures|errors)=(\d+)`)
	unittestName   = regexp.MustCompile(`^(?:FAIL|ERROR): (\w+) \(([\w.]+)\)`)
)

func (u *unittest) line(text string) {
	if len(text) > 4*maxLine {
		return
	}
	if m := unittestRan.FindStringSubmatch(text); m != nil {
		n, _ := strconv.Atoi(m[1])
		u.said.Runner, u.open = "unittest", false
		u.said.Passed += n
		return
	}
	if m := unittestName.FindStringSubmatch(text); m != nil {
		u.said.fail(strings.TrimSuffix(m[2], "."+m[1]) + "." + m[1]) // Python before 3.11 has the class alone in parentheses
		return
	}
	if m := unittestFailed.FindStringSubmatch(text); m != nil && u.said.Runner != "" {
		for _, count := range unittestCount.FindAllStringSubmatch(m[1], -1) {
			n, _ := strconv.Atoi(count[2])
			u.said.Failed += n
			u.said.Passed -= n
		}
		return
	}
	if strings.HasPrefix(text, "test") && unittestTest.MatchString(text) {
		u.said.Runner, u.open = "unittest", true
	}
}

func (u *unittest) testify() Testimony {
	if u.said.Runner == "" {
		return Testimony{}
	}
	if u.open {
		u.said.Unfinished = `tests started and no "Ran … tests" follows`
	}
	return u.said
}
