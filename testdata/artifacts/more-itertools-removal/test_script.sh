#!/bin/bash
python3 -B -m unittest -v tests.test_more tests.test_recipes
