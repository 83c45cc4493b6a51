#!/bin/bash
node --test --test-reporter=tap test/
