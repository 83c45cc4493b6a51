package suite

import (
	"bytes"
	"fmt"
	"strings"
)

// A Testimony is what known test runners themselves said in a log, read without
// the artifact's parser. It is held against what the parser claims: a map in
// which everything passed, from a runner that says otherwise, is no evidence
// (rules, section 3). The zero Testimony is that of a log in which no known
// runner speaks.
//
// It is no defence against code under test that forges the runner's whole
// output; against that there is none in one process. It catches what is cheap
// to do and was done: an exit in the middle, an exit status that is ignored, a
// line printed in the parser's format.
type Testimony struct {
	Runner     string   `json:"runner,omitempty"`     // such as "pytest"; several are joined by "+"; "": none
	Passed     int      `json:"passed,omitempty"`     // tests that it says passed
	Failed     int      `json:"failed,omitempty"`     // tests, packages and builds that it says failed
	Failing    []string `json:"failing,omitempty"`    // names of the first few
	Unfinished string   `json:"unfinished,omitempty"` // what shows that a runner did not come to its end
}

// A witness reads a log line by line and then says what one runner said in it.
type witness interface {
	line(text string)
	testify() Testimony // zero when its runner did not speak
}

// Testify reads a log.
func Testify(log []byte) Testimony {
	witnesses := []witness{&goEvents{}, &goText{}, &pytest{}, &unittest{}, &tap{}, &nodeSpec{}}
	for line := range bytes.Lines(log) {
		text := strings.TrimRight(string(line), "\r\n")
		for _, w := range witnesses {
			w.line(text)
		}
	}
	var all Testimony
	for _, w := range witnesses {
		all = all.and(w.testify())
	}
	return all
}

// and joins what two runners said.
func (t Testimony) and(other Testimony) Testimony {
	switch "" {
	case other.Runner:
		return t
	case t.Runner:
		return other
	}
	t.Runner += "+" + other.Runner
	t.Passed += other.Passed
	t.Failed += other.Failed
	for _, name := range other.Failing {
		t.fail(name)
	}
	if t.Unfinished == "" {
		t.Unfinished = other.Unfinished
	}
	return t
}

// Against says why the runner's word contradicts a claim that all its tests
// passed, and "" when it does not.
func (t Testimony) Against() string {
	switch {
	case t.Failed > 0 && len(t.Failing) > 0:
		return fmt.Sprintf("%s says that %d failed: %s", t.Runner, t.Failed, strings.Join(t.Failing, ", "))
	case t.Failed > 0:
		return fmt.Sprintf("%s says that %d failed", t.Runner, t.Failed)
	case t.Unfinished != "":
		return fmt.Sprintf("%s did not come to its end: %s", t.Runner, t.Unfinished)
	}
	return ""
}

// fail notes the name of a failing test, if there is room.
func (t *Testimony) fail(name string) {
	if len(t.Failing) < 5 {
		t.Failing = append(t.Failing, Printable(name))
	}
}
