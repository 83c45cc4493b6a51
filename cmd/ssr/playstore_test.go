package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/selfplay-swe/ssr/selfplay"
)

// A folder has one store, however it is called, and the same name in another
// folder is another one.
func TestDefaultStoreOfAFolder(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", t.TempDir())
	named := func(dir, repo string) string {
		t.Chdir(dir)
		f := playFlags{repos: []string{repo}}
		file, err := f.defaultStore(&selfplay.Engine{})
		require.NoError(t, err)
		return file
	}
	here, there := t.TempDir(), t.TempDir()
	require.Equal(t, named(here, "."), named(there, here))
	require.NotEqual(t, named(here, "."), named(there, "."))
	const module = "module:github.com/gorilla/mux@v1.8.1"
	require.Equal(t, named(here, module), named(there, module))
}
