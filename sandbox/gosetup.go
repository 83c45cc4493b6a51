package sandbox

// goDependencies downloads what a Go module needs, and compiles the packages
// that its tests are built with: those of the standard library and of other
// modules, but none that was made from the module's own code, not even where
// another module imports it. The list is made with a build cache that is thrown
// away, since go list keeps facts about the module's own packages. Downloaded
// copies of the module itself, which another module can ask for, are removed.
//
// The last line keeps later go commands from trimming the cache, which is meant
// to last.
const goDependencies = `go mod download || exit
GOCACHE=/tmp/list go list -e -deps -test -f '{{if .ForTest}}{{else if and .Module (not .Module.Main)}}other {{.ImportPath}} {{join .Deps " "}}{{else if .Standard}}other {{.ImportPath}}{{else}}own {{.ImportPath}}{{end}}' ./... |
awk '$1 == "own" { own[$2]; next } { for (i = 2; i <= NF; i++) if ($i in own) next; print $2 }' |
grep -vxF -e C -e unsafe | xargs -r go build -o /dev/null || true
go list -m -f '{{if .Main}}{{.Path}}{{end}}' | sed 's/[A-Z]/!\l&/g' | while read -r own; do
  chmod -R u+w "$(go env GOMODCACHE)/$own@"* 2>/dev/null
  rm -rf "$(go env GOMODCACHE)/$own@"* "$(go env GOMODCACHE)/cache/download/$own/@v/"*.zip
done
mkdir -p "$(go env GOCACHE)" && echo 4102444800 >"$(go env GOCACHE)/trim.txt"`

// goTests builds the tests without running them, so that every later build
// starts warm. Tests that do not build are no reason to fail here: the judge will
// say so.
const goTests = `{ go test -count=1 -exec /bin/true ./... >/dev/null 2>&1 || true; } &&
echo 4102444800 >"$(go env GOCACHE)/trim.txt"`
