#!/bin/bash
go test -count=1 -v ./diff
