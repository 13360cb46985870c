# For those whose fingers type make; the work is done by Meson and the scripts.
all:
	@script/build
test:
	@script/test
bench:
	@script/bench
fuzz:
	@script/fuzz
format:
	@script/format
lint:
	@script/lint
clean:
	rm -rf build build-san build-clang build-fuzz
.PHONY: all test bench fuzz format lint clean
