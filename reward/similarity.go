package reward

import (
	"errors"
	"fmt"

	"github.com/selfplay-swe/ssr/textdiff"
)

// A FileSimilarity is how like the oracle's change of one file the attempt's is.
type FileSimilarity struct {
	Path  string
	Ratio float64 // from 0 to 1; 0 if one side has no change of this file
}

// compareChanges compares the diffs of every file that is on either side, in the
// order of their paths (SWE-RL, compute_change_similarities).
func compareChanges(predicted, oracle map[string]string) []FileSimilarity {
	either := make(map[string]bool)
	for path := range predicted {
		either[path] = true
	}
	for path := range oracle {
		either[path] = true
	}
	var files []FileSimilarity
	for _, path := range sorted(either) {
		ratio := 0.0
		if predicted[path] != "" && oracle[path] != "" {
			ratio = textdiff.Ratio(predicted[path], oracle[path])
		}
		files = append(files, FileSimilarity{path, ratio})
	}
	return files
}

// mean is the average over files, and whether there are any.
func mean(files []FileSimilarity) (float64, bool) {
	sum := 0.0
	for _, file := range files {
		sum += file.Ratio
	}
	return sum / float64(max(len(files), 1)), len(files) > 0
}

// payMean makes a reward of similarities: [Malformed] for what the player got
// wrong, else their mean. With nothing changed on either side there is no
// evidence, which is Malformed too, or 1 as in the original.
func payMean(files []FileSimilarity, err error, compat bool) (float64, error) {
	if _, malformed := errors.AsType[*FormatError](err); malformed {
		return Malformed, nil
	}
	if err != nil {
		return 0, err
	}
	average, found := mean(files)
	switch {
	case found:
		return average, nil
	case compat:
		return 1, nil
	}
	return Malformed, nil
}

// An AnswerSimilarity pays an answer with search and replace blocks by its
// likeness to the oracle's change: [Malformed] if it cannot be read or applied,
// else the mean, over all files that either changes, of the ratio between their
// unified diffs (SWE-RL, arXiv 2502.18449, its reward; src/swerl/core/reward.py,
// calculate_search_replace_reward). It reads Answer, Files and Changed.
//
// Where neither changes anything it pays [Malformed]; with Compat 1, as in the
// original: there an oracle that does nothing is solved by doing nothing.
type AnswerSimilarity struct {
	Occurrence Occurrence // default All, SWE-RL's
	Compat     bool
}

// Part returns the part "answer_similarity".
func (s AnswerSimilarity) Part() Part {
	return Part{"answer_similarity", func(e Evidence) (float64, error) {
		files, err := s.Files(e)
		return payMean(files, err, s.Compat)
	}}
}

// Files returns the similarity of each file. An answer that cannot be read or
// applied is a [*FormatError]; any other error is not the player's.
func (s AnswerSimilarity) Files(e Evidence) ([]FileSimilarity, error) {
	if e.Changed == nil {
		return nil, errors.New("there is no oracle to compare with: Changed is nil")
	}
	err := errors.Join(checkText("the answer", e.Answer), checkFiles("the files", e.Files), checkFiles("the oracle's files", e.Changed))
	if err != nil {
		return nil, err
	}
	edits, err := ParseAnswer(e.Answer)
	if err != nil {
		return nil, err
	}
	edited, err := ApplyEdits(e.Files, edits, s.Occurrence)
	if err != nil {
		return nil, err
	}
	return compareChanges(changes(e.Files, edited), changes(e.Files, e.Changed)), nil
}

// changes are the unified diffs, three lines of context, no header, from the
// files before to those after; files without a difference are left out.
func changes(before, after map[string]string) map[string]string {
	diffs := make(map[string]string)
	for path, content := range after {
		if diff := textdiff.Unified(before[path], content, 3); diff != "" {
			diffs[path] = diff
		}
	}
	return diffs
}

// A PatchSimilarity pays unified diffs by their likeness to the oracle's, file by
// file as [AnswerSimilarity] does (src/swerl/core/reward.py,
// calculate_reward_unidiff; CWM, cwm/rl/swerl/similarities.py). A renamed file
// goes by its old path, and its diff begins with a line that says so. Binary
// changes are not seen. It reads Patches and OraclePatches; of two patches of one
// file the later counts.
//
// By default a patch that cannot be read pays [Malformed], one of the oracle's is
// an error, a file whose diff is empty (a change of mode) is dropped first, and
// nothing changed on either side pays Malformed. With Compat, as in the original,
// a patch that cannot be read changes nothing, a file whose diff is empty counts
// 0 on whichever side it is, and nothing on either side pays 1.
type PatchSimilarity struct {
	OracleFilesOnly bool // files that the oracle does not change are not seen: CWM's agent
	Compat          bool
}

// Part returns the part "patch_similarity".
func (s PatchSimilarity) Part() Part {
	return Part{"patch_similarity", func(e Evidence) (float64, error) {
		files, err := s.Files(e)
		return payMean(files, err, s.Compat)
	}}
}

// Files returns the similarity of each file. A patch of the attempt that cannot
// be read is a [*FormatError]; any other error is not the player's.
func (s PatchSimilarity) Files(e Evidence) ([]FileSimilarity, error) {
	oracle, err := s.diffs("oracle patch", e.OraclePatches)
	if err != nil {
		return nil, errors.New(err.Error()) // no *FormatError: it is not the player's
	}
	if len(oracle) == 0 && !s.Compat {
		return nil, errors.New("there is no oracle to compare with: its patches change no text")
	}
	predicted, err := s.diffs("patch", e.Patches)
	if err != nil {
		return nil, err
	}
	for path := range predicted {
		if _, listed := oracle[path]; s.OracleFilesOnly && !listed {
			delete(predicted, path)
		}
	}
	return compareChanges(predicted, oracle), nil
}

// diffs reads patches into one diff per file.
func (s PatchSimilarity) diffs(what string, patches []string) (map[string]string, error) {
	diffs := make(map[string]string)
	for i, patch := range patches {
		if err := checkText(fmt.Sprintf("%s %d", what, i), patch); err != nil {
			return nil, err
		}
		files, err := parsePatch(patch)
		if err != nil && !s.Compat {
			return nil, &FormatError{fmt.Sprintf("%s %d: %v", what, i, err)}
		}
		if err != nil {
			continue
		}
		for _, file := range files {
			if diff := file.normalized(); !file.binary && (diff != "" || s.Compat) {
				diffs[file.key()] = diff
			}
		}
	}
	return diffs, nil
}
