package repo

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
)

// A moduleHistory makes a history of a module's releases.
type moduleHistory struct {
	cache    *cache
	snapshot *Snapshot
	module   string
}

// commits downloads one release after the other. One that the proxy does not
// have is left out, and the next one's message says so.
func (h moduleHistory) commits(ctx context.Context) iter.Seq2[Commit, error] {
	return func(yield func(Commit, error) bool) {
		list, err := h.versions(ctx)
		if err != nil {
			yield(Commit{}, fmt.Errorf("list the releases of %s: %w", h.module, err))
			return
		}
		var missing []string
		for _, version := range list {
			r, err := h.cache.download(ctx, h.module, version)
			if err != nil {
				yield(Commit{}, fmt.Errorf("download %s@%s: %w", h.module, version, err))
				return
			}
			if r.Error != "" {
				h.snapshot.log.Warn("a release is not in the history: the module proxy does not have it", "module", h.module, "version", version, "answer", r.Error)
				missing = append(missing, version)
				continue
			}
			commit, err := h.commit(r, missing)
			if !yield(commit, err) || err != nil {
				return
			}
			missing = nil
		}
	}
}

// versions lists the releases before the snapshot's, and that.
func (h moduleHistory) versions(ctx context.Context) ([]string, error) {
	list, err := h.cache.versions(ctx, h.module)
	if err != nil {
		return nil, err
	}
	own := h.snapshot.Commit
	list = slices.DeleteFunc(list, func(version string) bool {
		return strings.Contains(version, "-") || compareReleases(version, own) >= 0
	})
	return append(list, own), nil
}

// compareReleases orders versions by their three numbers. Of two that differ in
// the rest only, such as v1.2.3 and its prerelease, neither is the earlier: a
// prerelease or pseudo-version of v1.2.3 comes after v1.2.2.
func compareReleases(a, b string) int {
	return slices.Compare(releaseNumbers(a), releaseNumbers(b))
}

func releaseNumbers(version string) []int {
	core := strings.TrimPrefix(version, "v")
	if i := strings.IndexAny(core, "-+"); i >= 0 {
		core = core[:i]
	}
	numbers := make([]int, 3)
	for i, text := range strings.SplitN(core, ".", 3) {
		numbers[i], _ = strconv.Atoi(text) // the go command has checked it
	}
	return numbers
}

func (h moduleHistory) commit(r release, missing []string) (Commit, error) {
	at, err := releaseTime(r.Info)
	if err != nil {
		return Commit{}, fmt.Errorf("read the time of %s@%s: %w", h.module, r.Version, err)
	}
	message := "Release " + r.Version + "\n"
	if len(missing) > 0 {
		message += "\nNot in this history, since the module proxy does not have them:\n" + strings.Join(missing, ", ") + "\n"
	}
	files := zipSource(r.Zip, h.module+"@"+r.Version+"/")
	return Commit{ID: r.Version, Message: message, Time: at, tree: func(ctx context.Context) (*Tree, error) {
		tree, err := h.snapshot.treeOf(ctx, files)
		if err != nil {
			return nil, fmt.Errorf("unpack %s@%s: %w", h.module, r.Version, err)
		}
		return tree, nil
	}}, nil
}
