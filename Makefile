# For those who type make. CMake does the work: see CMakePresets.json and CONTRIBUTING.md.
#   make, make check, make install [PREFIX=/usr/local] [DESTDIR=...], make uninstall
PREFIX ?= /usr/local
BUILD := build/install

.PHONY: all check install uninstall clean
all:
	cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=Release \
		-DCMAKE_C_FLAGS_RELEASE="-O2 -DNDEBUG" -DFP_TESTS=OFF -DCMAKE_INSTALL_PREFIX="$(PREFIX)" >/dev/null
	cmake --build $(BUILD)

check:
	./check

install: all
	DESTDIR="$(DESTDIR)" cmake --install $(BUILD)

# What the last install wrote, as CMake noted it.
uninstall:
	@while IFS= read -r file || [ -n "$$file" ]; do rm -fv "$(DESTDIR)$$file"; done <$(BUILD)/install_manifest.txt

clean:
	rm -rf $(BUILD)
