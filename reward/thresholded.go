package reward

import (
	"cmp"
	"errors"
	"fmt"
	"math"
)

// A Thresholded pays by tests, and a little for a patch that comes near the
// oracle's though it fails them (CWM, arXiv 2510.02387;
// cwm/rl/envs/envs/swerl_tool.py, _similarities_reward):
//
//	-1 + scale                resolved
//	-1 + threshold * scale    not, but the mean similarity reaches the threshold
//	-1                        else
//
// It reads Verdict and, of what is not resolved, what [PatchSimilarity] reads.
type Thresholded struct {
	Threshold float64 // from 0 to 1, no default; at 0 what fails gets -1 however near
	Scale     float64 // 1 or 2 in CWM; default 1
	// Similarity is how nearness is measured; CWM's agent has OracleFilesOnly.
	Similarity PatchSimilarity
}

// Part returns the part "thresholded".
func (c Thresholded) Part() Part {
	return Part{"thresholded", func(e Evidence) (float64, error) {
		scale := cmp.Or(c.Scale, 1)
		if !(0 <= c.Threshold && c.Threshold <= 1) { // NaN too
			return 0, fmt.Errorf("threshold %v; similarities lie between 0 and 1", c.Threshold)
		}
		if !(scale > 0) || math.IsInf(scale, 0) {
			return 0, fmt.Errorf("scale %v; it must be above 0", scale)
		}
		if e.Verdict != Unresolved {
			return e.Verdict.pick(-1+scale, -1)
		}
		near, err := c.near(e)
		if err != nil || !near {
			return -1, err
		}
		return -1 + c.Threshold*scale, nil
	}}
}

// near reports whether the mean similarity reaches the threshold. A patch that
// cannot be read is not near, and neither is nothing to nothing.
func (c Thresholded) near(e Evidence) (bool, error) {
	files, err := c.Similarity.Files(e)
	if _, malformed := errors.AsType[*FormatError](err); malformed {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	average, found := mean(files)
	return found && average >= c.Threshold, nil
}
