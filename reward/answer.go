package reward

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A FormatError says what is wrong with the form of an answer or of a patch. It
// is the player's, and costs it [Malformed] where a part says so.
type FormatError struct {
	Reason string // in the words of the system that refuses, where it has some
}

func (e *FormatError) Error() string { return e.Reason }

// Malformed is what SWE-RL pays for an answer that cannot be read or applied
// (arXiv 2502.18449, its reward).
const Malformed = -1.0

// An Edit replaces a piece of one file.
type Edit struct {
	Path, Search, Replace string
}

// An Occurrence says which of several places equal to a search is edited.
type Occurrence int

const (
	All    Occurrence = iota // every one: SWE-RL and Agentless, str.replace
	First                    // the first alone
	Unique                   // the only one; several are refused, as CWM's edit tool does
)

// maxGrowth is by how many bytes an answer may make a file larger. Edits of every
// occurrence can double a file each time; forty of them would fill any memory.
const maxGrowth = 1 << 20

var (
	errAbsent  = errors.New("is not there")
	errSeveral = errors.New("is there more than once")
	errGrown   = errors.New("would make it more than 1 MiB larger")
)

// replace edits text at the places an occurrence names, or says why it does not.
// The text may not become longer than limit.
func (o Occurrence) replace(text, search, replace string, limit int) (string, error) {
	count := strings.Count(text, search)
	switch {
	case count == 0:
		return text, errAbsent
	case o == Unique && count > 1:
		return text, errSeveral
	case o != All:
		count = 1
	}
	if len(text)+count*(len(replace)-len(search)) > limit {
		return text, errGrown
	}
	return strings.Replace(text, search, replace, count), nil
}

// block is one edit between fences. Both dots and stars match as in the original
// (src/swerl/core/reward.py, SEARCH_REPLACE_REGEX): of two edits between one pair
// of fences the first alone is seen.
var block = regexp.MustCompile("```.*?\n### (.*)\n<<<<<<< SEARCH\n((?s:.*?))\n=======\n((?s:.*?))\n>>>>>>> REPLACE\n```")

// ParseAnswer reads the edits of an answer in SWE-RL's form,
//
//	<think> … </think> <solution> … </solution>
//
// where the solution holds fenced blocks of a line "### path" and one
// SEARCH/REPLACE. Edits of one file stand together, as in the original's
// dictionary. Errors are [*FormatError].
func ParseAnswer(answer string) ([]Edit, error) {
	for _, tag := range []string{"<think>", "</think>", "<solution>", "</solution>"} {
		if strings.Count(answer, tag) != 1 {
			return nil, &FormatError{"count of " + tag + " is not 1"}
		}
	}
	if between(answer, "<think>", "</think>") == "" {
		return nil, &FormatError{"Thought is empty"}
	}
	var edits []Edit
	for _, match := range block.FindAllStringSubmatch(between(answer, "<solution>", "</solution>"), -1) {
		edits = append(edits, Edit{match[1], match[2], match[3]})
	}
	if len(edits) == 0 {
		return nil, &FormatError{"No valid search blocks found"}
	}
	order := make(map[string]int)
	for i, edit := range slices.Backward(edits) {
		order[edit.Path] = i
	}
	slices.SortStableFunc(edits, func(x, y Edit) int { return order[x.Path] - order[y.Path] })
	return edits, nil
}

// between is the text after one tag and before another, to the end if the other
// comes before the one.
func between(text, start, end string) string {
	_, text, _ = strings.Cut(text, start)
	text, _, _ = strings.Cut(text, end)
	return strings.TrimFunc(text, pythonSpace)
}

// pythonSpace is what Python's str.strip takes for white space.
func pythonSpace(point rune) bool {
	return unicode.IsSpace(point) || '\x1c' <= point && point <= '\x1f'
}

// ApplyEdits returns the new contents of the files that are edited, each edit
// working on what the ones before it left. A search begins at the beginning of a
// line; what follows need not end one. A path that is not in files is a new,
// empty file. No file may become more than 1 MiB larger. Errors are [*FormatError].
func ApplyEdits(files map[string]string, edits []Edit, which Occurrence) (map[string]string, error) {
	edited := make(map[string]string)
	for _, edit := range edits {
		if edit.Search == edit.Replace {
			return nil, &FormatError{"Search and replace blocks are identical"}
		}
		text, begun := edited[edit.Path]
		if !begun {
			text = files[edit.Path]
		}
		limit := len(files[edit.Path]) + maxGrowth
		text, err := which.replace("\n"+text, "\n"+edit.Search, "\n"+edit.Replace, limit)
		if err == errAbsent {
			return nil, &FormatError{"Search block not found in the code: \n" + edit.Search}
		}
		if err != nil {
			return nil, &FormatError{fmt.Sprintf("Search block %v in %s: \n%s", err, edit.Path, edit.Search)}
		}
		edited[edit.Path] = text[1:]
	}
	return edited, nil
}
