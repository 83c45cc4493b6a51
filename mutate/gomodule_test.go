package mutate_test

import (
	"fmt"
	"go/importer"
	"go/types"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/selfplay-swe/ssr/mutate"
	"github.com/stretchr/testify/require"
)

func openGo(t testing.TB, dir string, external types.Importer) *mutate.GoModule {
	var paths []string
	require.NoError(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			rel, _ := filepath.Rel(dir, p)
			paths = append(paths, filepath.ToSlash(rel))
		}
		return err
	}))
	m, err := mutate.LoadGo(folder(dir), slices.Values(paths), external)
	require.NoError(t, err)
	return m
}

func folder(dir string) mutate.Reader {
	return func(p string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, p)) }
}

func TestX(t *testing.T) {
	dir := os.Getenv("SSR_X")
	imp := importer.Default()
	_, err := imp.Import("net/http")
	fmt.Println(err)
	m := openGo(t, dir, imp)
	counts := map[string]int{}
	start := time.Now()
	n := 0
	for _, d := range m.Dirs() {
		fmt.Println(d, len(m.Functions(d)), time.Since(start))
		for e := range edits(m, d) {
			counts[e.Operator]++
			n++
			if n%100 == 0 {
				fmt.Printf("%+v\n", e)
			}
			_, err := mutate.Apply(folder(dir), e)
			require.NoError(t, err)
		}
	}
	fmt.Println(n, counts, time.Since(start))
}

func edits(m *mutate.GoModule, d string) iter.Seq[mutate.Edit] {
	if os.Getenv("SSR_R") != "" {
		return m.Repairs(d)
	}
	return m.Edits(d)
}
