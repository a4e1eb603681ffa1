# What one does with this repository. `make` lists it.
.DEFAULT_GOAL := help
.PHONY: help demo build test check format bench fault clean

help: ## list these targets
	@echo "make TARGET, where TARGET is"
	@sed -n 's/^\([a-z]*\):.*## /  \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12

demo: ## see it work: a server, an application, nodes (about a minute)
	@./erlust demo

build: ## the jar, target/erlust.jar, and the cache that makes it start fast
	@./erlust --version

test: ## everything, as CI does it (under 15 minutes on 2 cores)
	@.ci/test

check: ## quick: format, compile with all warnings as errors, architecture and tidiness (a minute)
	@.ci/maven spotless:check test -Dtest='io.erlust.architecture.*Test'
	@echo "check: ok"

format: ## format the Java code
	@.ci/maven spotless:apply

bench: ## measure, beside peers (long; needs a quiet machine)
	@python3 bench/run.py

fault: ## kill real processes and count what was lost (long)
	@python3 fault/run.py

clean: ## remove all that was built
	@rm -rf target
