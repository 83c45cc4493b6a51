package repo

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"
)

// fixedVersion matches versions that name one release for ever, unlike "latest"
// or a branch.
var fixedVersion = regexp.MustCompile(`^v\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]*)?$`)

// openModule takes a release of a Go module. The go command finds and verifies
// it (GOPROXY, GOPRIVATE and the checksum database hold as usual). Archives of
// modules keep no modes, so every file is a regular one.
func (c *cache) openModule(ctx context.Context, spec string, opts Options) (*Snapshot, error) {
	if opts.Rev != "" || opts.Uncommitted {
		return nil, errors.New("a module has no commits to choose from: its version follows the @")
	}
	module, version, err := splitModule(spec)
	if err != nil {
		return nil, err
	}
	s, err := c.openRelease(ctx, module, version)
	if err != nil {
		return nil, err
	}
	s.history = moduleHistory{c, s, module}
	return s, nil
}

func splitModule(spec string) (module, version string, err error) {
	module, version, _ = strings.Cut(spec, "@")
	if module == "" || version == "" || strings.ContainsAny(spec, " \t\n") || strings.Contains(version, "@") {
		return "", "", fmt.Errorf("%q is not PATH@VERSION, such as module:github.com/gorilla/mux@v1.8.1", spec)
	}
	return module, version, nil
}

func (c *cache) openRelease(ctx context.Context, module, version string) (*Snapshot, error) {
	source := "module:" + module + "@" + version
	if fixedVersion.MatchString(version) {
		if s, err := c.recall(source, "module", module, version); s != nil || err != nil {
			return s, err
		}
	}
	r, err := c.download(ctx, module, version)
	if err != nil {
		return nil, err
	}
	if r.Error != "" {
		return nil, c.missingVersion(ctx, module, r)
	}
	b, err := c.build(ctx, zipSource(r.Zip, module+"@"+r.Version+"/"))
	if err != nil {
		return nil, err
	}
	s := c.snapshot(b, "module:"+module+"@"+r.Version, r.Version, nil)
	return s, c.remember(s, "module", module, r.Version)
}

// missingVersion says which versions there are.
func (c *cache) missingVersion(ctx context.Context, module string, r release) error {
	list, err := c.versions(ctx, module)
	if err != nil || len(list) == 0 {
		return fmt.Errorf("there is no such version, and no list of versions: %s", firstLine(r.Error))
	}
	if older := len(list) - 20; older > 0 {
		list = append([]string{fmt.Sprintf("%d older ones", older)}, list[older:]...)
	}
	return fmt.Errorf("there is no such version; there are %s (%s)", strings.Join(list, ", "), firstLine(r.Error))
}

// zipSource yields the files of a module's archive.
func zipSource(name, prefix string) source {
	return func(_ context.Context, add addFunc) error {
		archive, err := zip.OpenReader(name)
		if err != nil {
			return err
		}
		defer archive.Close()
		for _, file := range archive.File {
			path, ok := strings.CutPrefix(file.Name, prefix)
			if !ok {
				return fmt.Errorf("%s has %q, which is not below %q", name, file.Name, prefix)
			}
			if err := addZipped(file, path, add); err != nil {
				return err
			}
		}
		return nil
	}
}

func addZipped(file *zip.File, path string, add addFunc) error {
	content, err := file.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	return add(path, Regular, int64(file.UncompressedSize64), io.LimitReader(content, int64(file.UncompressedSize64)+1))
}

// releaseTime reads when a release was made.
func releaseTime(info string) (time.Time, error) {
	data, err := os.ReadFile(info)
	if err != nil {
		return time.Time{}, err
	}
	var v struct{ Time time.Time }
	err = json.Unmarshal(data, &v)
	return v.Time, err
}
