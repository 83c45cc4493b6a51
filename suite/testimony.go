package suite

// A Testimony is what a known test runner itself said in a log, without the
// artifact's parser. The zero Testimony is no known runner's.
type Testimony struct {
	Runner     string   `json:"runner,omitempty"`     // "go test -json", "go test", "pytest", "unittest", "tap"; "" when none was recognised
	Passed     int      `json:"passed,omitempty"`     // tests that it says passed
	Failed     int      `json:"failed,omitempty"`     // tests, packages and builds that it says failed
	Failing    []string `json:"failing,omitempty"`    // names of the first few of them
	Unfinished string   `json:"unfinished,omitempty"` // why the runner did not come to its end; "" when it did
}
