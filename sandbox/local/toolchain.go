package local

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/selfplay-swe/ssr/sandbox"
)

// toolchains are the folders that commands need besides the system's, and the
// environment that makes them found.
type toolchains struct {
	binds    []bind
	path     []string
	env      []string
	versions []string
}

// findToolchains asks the Go, Python and Node.js on the engine's PATH where they
// are installed, through whatever wrappers (pyenv, nvm, asdf) they are started.
// They keep their place inside, since scripts name it.
func findToolchains(extra []string) (*toolchains, error) {
	t := &toolchains{}
	for _, dir := range extra {
		dir, err := filepath.Abs(dir)
		if err != nil || !exists(dir) {
			return nil, fmt.Errorf("sandbox: toolchain %s: there is no such folder", dir)
		}
		t.add(dir)
		t.path = append(t.path, dir+"/bin")
	}
	if found := ask("go", "env", "GOROOT", "GOVERSION"); len(found) == 2 {
		t.add(found[0])
		t.path = append(t.path, found[0]+"/bin")
		t.versions = append(t.versions, found[1])
	}
	t.python()
	if found := ask("node", "-p", `process.execPath + "\n" + process.version`); len(found) == 2 && filepath.Base(filepath.Dir(found[0])) == "bin" {
		t.add(filepath.Dir(filepath.Dir(found[0])))
		t.path = append(t.path, filepath.Dir(found[0]))
		t.versions = append(t.versions, "node "+found[1])
	}
	for _, b := range t.binds {
		if inside(b.host, hiddenFolders) {
			return nil, fmt.Errorf("sandbox: the toolchain in %s cannot be shown to commands: sandboxes have a %s of their own; install it elsewhere",
				b.host, strings.Join(hiddenFolders, ", "))
		}
	}
	system := []string{"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"}
	t.path = slices.DeleteFunc(t.path, func(dir string) bool { return slices.Contains(system, dir) })
	t.env = append(t.env, "PATH="+strings.Join(append(t.path, system...), ":"), "HOME="+sandbox.HomeDir,
		"USER=user", "LOGNAME=user", "SHELL=/bin/bash", "LANG=C.UTF-8", "TMPDIR=/tmp", "TERM=dumb", "GOTOOLCHAIN=local", "GOTELEMETRY=off")
	return t, nil
}

// Every sandbox has these folders of its own. A toolchain in one of the first is
// mounted over what is there whenever that is made; one in the others is refused.
var (
	writableFolders = []string{"/tmp", "/var/tmp", sandbox.WorkDir, sandbox.HomeDir}
	hiddenFolders   = []string{"/dev", "/proc", sandbox.FileDir}
)

// python finds the interpreter, the environment around it if it is a virtual
// one, and the user's own packages.
func (t *toolchains) python() {
	const script = `import platform, site, sys, sysconfig
print(platform.python_version(), sys.prefix, sys.base_prefix, sysconfig.get_path('scripts'),
      site.getuserbase() if site.ENABLE_USER_SITE else '-', sep='\n')`
	found := ask("python3", "-c", script)
	if len(found) != 5 {
		return
	}
	t.versions = append(t.versions, "python "+found[0])
	t.add(found[1])
	t.add(found[2])
	t.path = append(t.path, found[3])
	if user := found[4]; exists(user + "/lib") {
		t.addFolder(user+"/lib", user+"/bin")
		t.path = append(t.path, user+"/bin")
		t.env = append(t.env, "PYTHONUSERBASE="+user)
	}
}

// add mounts dir unless it is part of what is mounted already. A folder that
// holds people's files, as / or /home or someone's home, is not a toolchain.
func (t *toolchains) add(dir string) {
	home, _ := os.UserHomeDir()
	if strings.Count(dir, "/") < 2 || dir == home || inside(dir, systemFolders) {
		return
	}
	for _, b := range t.binds {
		if inside(dir, []string{b.inside}) {
			return
		}
	}
	t.binds = append(t.binds, bind{host: dir, inside: dir})
}

func (t *toolchains) addFolder(dirs ...string) {
	for _, dir := range dirs {
		if exists(dir) {
			t.add(dir)
		}
	}
}

// ask runs a tool of the host, in a folder without files of anybody, and returns
// the lines it prints; none when there is no such tool.
func ask(name string, args ...string) []string {
	cmd := exec.Command(name, args...)
	cmd.Dir = "/"
	out, err := cmd.Output()
	if err != nil {
		return nil
	}
	return strings.Split(string(bytes.TrimSpace(out)), "\n")
}

// networkEnv is added to the environment: without a network Go must not try to
// use it; with one, the host's way to registries is handed on, but for values
// that hold a password.
func networkEnv(network bool) (env []string) {
	if !network {
		return []string{"GOPROXY=off"}
	}
	for _, name := range networkVariables {
		if value, ok := os.LookupEnv(name); ok && !hasPassword(value) {
			env = append(env, name+"="+value)
		}
	}
	for _, name := range []string{"GOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "GONOPROXY", "GOINSECURE"} {
		if value := ask("go", "env", name); len(value) == 1 && value[0] != "" && !hasPassword(value[0]) {
			env = append(env, name+"="+value[0])
		}
	}
	return env
}

var networkVariables = []string{"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy", "ALL_PROXY", "all_proxy",
	"SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "GIT_SSL_CAINFO",
	"PIP_CERT", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_DEFAULT_TIMEOUT", "npm_config_registry"}

// hasPassword says whether a list of addresses has user information in one.
func hasPassword(value string) bool {
	for part := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ',' || r == '|' || r == ' ' }) {
		if _, rest, ok := strings.Cut(part, "://"); ok {
			authority, _, _ := strings.Cut(rest, "/")
			if strings.Contains(authority, "@") {
				return true
			}
		}
	}
	return false
}
