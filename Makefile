# Every target is one line over dev.py, which also works without make.
# Options go through: make test ARGS="-k workflow"

DEV := ./dev.py
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test journeys soak check fix bench schema lock wheel

help:
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Use it
run: ## set up and serve on http://127.0.0.1:8000, stores in ./data
	@$(DEV) run $(ARGS)

##@ Change it
test: ## set up and pass the whole test suite
	@$(DEV) test $(ARGS)
journeys: ## whole stories over HTTP only
	@$(DEV) journeys $(ARGS)
check: ## format, lint, types, import contracts, architecture tests
	@$(DEV) check
fix: ## mend what a machine can mend
	@$(DEV) fix

##@ Now and then
soak: ## the long kill loops that `make test` leaves out
	@$(DEV) soak $(ARGS)
bench: ## measure: ours, a yardstick, the ratio
	@$(DEV) bench $(ARGS)
schema: ## write the tables as they are now into docs/schema.md
	@$(DEV) schema
lock: ## remake the lock files from pyproject.toml
	@$(DEV) lock $(ARGS)
wheel: ## build the wheel into dist/
	@$(DEV) wheel
