package suite

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
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
	Failing    []string `json:"failing,omitempty"`    // names of those, as far as it gives them; at most 1000
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
		text := colors.ReplaceAllString(strings.TrimRight(string(line), "\r\n"), "")
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

// colors are what runners write around words when they are told to, as by
// pytest --color=yes.
var colors = regexp.MustCompile(`\x1b\[[0-9;]*m`)

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
		return fmt.Sprintf("%s says that %d failed: %s", t.Runner, t.Failed, strings.Join(t.Failing[:min(len(t.Failing), 5)], ", "))
	case t.Failed > 0:
		return fmt.Sprintf("%s says that %d failed", t.Runner, t.Failed)
	case t.Unfinished != "":
		return fmt.Sprintf("%s did not come to its end: %s", t.Runner, t.Unfinished)
	}
	return ""
}

// Accuses returns the first of some ids of tests that the runner names among
// those that failed, and "" when it names none. A name fits an id that ends as
// the name does and has no word that the name has not: "TestAdd" and
// "calc/TestAdd" are "example.com/m/calc TestAdd", while "words/TestAdd" is
// another test, and one case of a test is not the test. A runner that names more
// than can be kept accuses every test.
func (t Testimony) Accuses(ids []string) string {
	failing := map[string][][]string{} // words of names, by the last
	for _, name := range t.Failing {
		if have := words.FindAllString(name, -1); len(have) > 0 {
			last := have[len(have)-1]
			failing[last] = append(failing[last], have)
		}
	}
	for _, id := range ids {
		of := words.FindAllString(id, -1)
		fits := func(name []string) bool { return within(of, name) }
		if len(t.Failing) == mostFailing || len(of) > 0 && slices.ContainsFunc(failing[of[len(of)-1]], fits) {
			return id
		}
	}
	return ""
}

// within says whether each word of some is one of all.
func within(some, all []string) bool {
	return !slices.ContainsFunc(some, func(word string) bool { return !slices.Contains(all, word) })
}

// words are what ids and names are made of; what separates them is the parser's taste.
var words = regexp.MustCompile(`[\pL\pN_]+`)

// mostFailing is how many names of failing tests are kept.
const mostFailing = 1000

// fail notes the name of a failing test, if there is room.
func (t *Testimony) fail(name string) {
	if len(t.Failing) < mostFailing {
		t.Failing = append(t.Failing, Printable(name))
	}
}
