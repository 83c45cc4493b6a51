#!/bin/bash
python3 -B -m unittest -v tests.test_02_gitwildmatch tests.test_03_pathspec tests.test_04_gitignore
