package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

var overlayAttacks = map[string]func([]string){
	"overlay-xattrs": overlayXattrs,
}

// overlayXattrs writes the attributes by which an overlay marks deleted,
// replaced and renamed files, on files and folders that are old and new.
func overlayXattrs([]string) {
	must(os.MkdirAll("/work/new/folder", 0o755))
	must(os.WriteFile("/work/new/file", nil, 0o644))
	var paths []string
	for _, pattern := range []string{"/work/*", "/work/*/*"} {
		found, err := filepath.Glob(pattern)
		must(err)
		paths = append(paths, found...)
	}
	set := 0
	for _, path := range slices.Concat(paths, []string{"/work"}) {
		for _, name := range []string{"opaque", "whiteout", "redirect", "metacopy", "origin", "impure", "upper", "nlink", "protattr"} {
			for _, space := range []string{"user.overlay.", "trusted.overlay.", "user.overlay.overlay."} {
				for _, value := range []string{"y", "x", "/etc", "/secret", ""} {
					if unix.Lsetxattr(path, space+name, []byte(value), 0) == nil {
						set++
					}
				}
			}
		}
	}
	fmt.Println(set, "attributes were set")
	unix.Mknod("/work/new/whiteout", unix.S_IFCHR, 0)
	unix.Mknod("/work/old", unix.S_IFCHR, 0)
	for _, path := range paths {
		if _, err := os.Lstat(path); err != nil {
			breach("%s is gone: %v", path, err)
		}
	}
}
