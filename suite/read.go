package suite

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// What a parser may report at most. Real suites stay far below; a report beyond
// is refused, not cut, for a cut report would be a wrong one.
const (
	maxIDs   = 200_000
	maxIDLen = 4096
)

// want is what every finding on a parser's output ends with.
const want = `it must write one flat JSON object such as {"id": "passed"}, with the statuses passed, failed, skipped or error, and nothing else`

// ReadResults reads what a parser wrote on standard output: one flat JSON
// object from test ids to statuses. The reader is strict, because encoding/json
// is not: it takes the last of two equal keys, repairs bad UTF-8 and stops at
// the end of the first value, and each of the three lets two readers of one
// output see different results. What is wrong comes back as the problem.
func ReadResults(output []byte) (Results, *Problem) {
	results, err := readObject(output)
	if err != nil {
		return nil, &Problem{ParserOutput, "the parser's output is not a result map: " + err.Error(), want}
	}
	return results, nil
}

func readObject(output []byte) (Results, error) {
	if i := invalidUTF8(output); i >= 0 {
		return nil, fmt.Errorf("byte %d is not UTF-8", i)
	}
	dec := json.NewDecoder(bytes.NewReader(output))
	open, err := dec.Token()
	switch {
	case errors.Is(err, io.EOF):
		return nil, errors.New("it is empty")
	case err != nil:
		return nil, fmt.Errorf("it starts with %s: %w", quote(string(output)), err)
	case open != json.Delim('{'):
		return nil, fmt.Errorf("it is %s, not an object", describe(open))
	}
	results := Results{}
	for dec.More() {
		if err := readEntry(dec, results); err != nil {
			return nil, err
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("the object does not end: %w", err)
	}
	end := dec.InputOffset()
	if rest := bytes.TrimSpace(output[end:]); len(rest) > 0 {
		return nil, fmt.Errorf("after the object, at byte %d, comes %s", end, quote(string(rest)))
	}
	return results, nil
}

// readEntry reads one `"id": "status"`.
func readEntry(dec *json.Decoder, results Results) error {
	key, err := dec.Token()
	if err != nil {
		return fmt.Errorf("entry %d: %w", len(results)+1, err)
	}
	id := key.(string) // the decoder takes nothing else for a key
	switch {
	case id == "":
		return errors.New("an id is empty")
	case len(id) > maxIDLen:
		return fmt.Errorf("id %s has %d bytes; at most %d are taken", quote(id), len(id), maxIDLen)
	case results[id] != 0:
		return fmt.Errorf("id %s stands in it twice", quote(id))
	case len(results) == maxIDs:
		return fmt.Errorf("it has more than %d ids", maxIDs)
	}
	value, err := dec.Token()
	if err != nil {
		return fmt.Errorf("id %s: %w", quote(id), err)
	}
	word, ok := value.(string)
	if !ok {
		return fmt.Errorf("id %s has %s for a status", quote(id), describe(value))
	}
	var status Status
	if status.UnmarshalText([]byte(word)) != nil {
		return fmt.Errorf("id %s has the unknown status %s", quote(id), quote(word))
	}
	results[id] = status
	return nil
}

// describe names a JSON token for a finding.
func describe(token json.Token) string {
	switch value := token.(type) {
	case json.Delim:
		if value == '[' || value == ']' {
			return "an array"
		}
		return "an object"
	case string:
		return "the string " + quote(value)
	case nil:
		return "null"
	}
	return fmt.Sprintf("%v", token)
}

func invalidUTF8(data []byte) int {
	if utf8.Valid(data) {
		return -1
	}
	for i := 0; ; {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
}
