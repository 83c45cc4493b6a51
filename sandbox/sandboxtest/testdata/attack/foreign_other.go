//go:build !amd64

package main

import "fmt"

// foreignCalls has nothing to try where no other architecture's calls exist.
func foreignCalls([]string) { fmt.Println("this architecture has no foreign calls") }
