# sysreel: one non-recursive Makefile. Sources are found by wildcard.
#   make            build/sysreel and build/chisels/*.so
#   make deps       install what the build and the tests need (Debian, as root)
#   make check      unit, golden and fuzz-replay tests; live tests where the machine allows them
#   make demo       record an incident in a container and tell its story
#   make bench      measure
#   make install    PREFIX=/usr/local DESTDIR=
# V=1 shows commands; SAN=address,undefined B=build-asan makes a sanitizer build.

B         ?= build
PREFIX    ?= /usr/local
DESTDIR   ?=
CLANG     ?= clang
BPFTOOL   ?= $(firstword $(wildcard /usr/sbin/bpftool) bpftool)
ARCH      := $(subst aarch64,arm64,$(subst x86_64,x86,$(shell uname -m)))
VERSION   := 0.1.0
CHISELDIR  = $(PREFIX)/lib/sysreel/chisels
Q         := $(if $(V),,@)
say        = @printf '  %-7s %s\n' $(1) $(2)

SAN_FLAGS := $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -fno-sanitize-recover=undefined)
CFLAGS    ?= -O2 -g
WARN      := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla \
	     -Wundef -Wwrite-strings -Wpointer-arith -Wimplicit-fallthrough $(if $(WERROR),-Werror)
HARDEN    := $(if $(SAN),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong)
ALL_CFLAGS = -std=gnu17 -D_GNU_SOURCE -I. -I$B/gen -fvisibility=hidden -fPIC -pthread \
	     -DSR_VERSION='"$(VERSION)"' -DSR_CHISELDIR='"$(CHISELDIR)"' \
	     $(WARN) $(HARDEN) $(CFLAGS) $(SAN_FLAGS)
CXX       := $(if $(findstring clang,$(CC)),clang++,g++)
# The cover of RE2 is C++; the rest of the flags are C's.
CXX_FLAGS  = -std=c++17 $(filter-out -std=% -Wstrict-prototypes -Wmissing-prototypes,$(ALL_CFLAGS)) \
	     $(if $(SAN),-fno-sanitize=vptr)
LIBS      := -lre2 -lstdc++ -lbpf -lelf -lz -lzstd -lxxhash -lcjson -ldl -lm

dirs      := formats formats/base filters container driver-bpf capture chisels
lib_src   := $(filter-out %.bpf.c,$(wildcard $(addsuffix /*.c,$(dirs))))
lib_cxx   := $(wildcard $(addsuffix /*.cc,$(dirs)))
cli_src   := $(wildcard cli/*.c)
plugins   := $(patsubst chisels/plugins/%.c,$B/chisels/%.so,$(wildcard chisels/plugins/*.c))
# What each prints of a committed capture, as a test checks it: `sysreel chisels NAME` shows it.
examples  := $(patsubst tests/golden/chisel/%/stdout,$B/chisels/%.example,$(filter \
	     $(patsubst $B/chisels/%.so,tests/golden/chisel/%/stdout,$(plugins)), \
	     $(wildcard tests/golden/chisel/*/stdout)))
units     := $(patsubst %.c,$B/%,$(wildcard tests/unit/test_*.c))
fuzzers   := $(patsubst %.c,$B/%,$(wildcard tests/fuzz/fuzz_*.c))
benches   := $(patsubst %.c,$B/%,$(wildcard tests/bench/*.c))
live_prog := $(patsubst %.c,$B/%,$(wildcard tests/live/*.c))
objs       = $(patsubst %.c,$B/%.o,$(1))
skel      := $(addprefix $B/gen/driver-bpf/sysreel,.skel.h _untyped.skel.h _raw.skel.h)

all: $B/sysreel $(plugins) $(examples)

$B/libsysreel.a: $(call objs,$(lib_src)) $(lib_cxx:%.cc=$B/%.o)
	$(call say,AR,$@)
	$Qrm -f $@ && ar rcs $@ $^

$B/sysreel: $(call objs,$(cli_src)) $B/libsysreel.a
	$(call say,LINK,$@)
	$Q$(CC) $(ALL_CFLAGS) -pie -Wl,-z,relro,-z,now $(LDFLAGS) -o $@ $(call objs,$(cli_src)) \
		$B/libsysreel.a $(LIBS)

$B/cli/embed.o: chisels/include/sysreel/chisel.h chisels/template/mychisel.c \
	$(wildcard chisels/template/test/*/*) tests/files/good/demo.reel

$(addprefix $B/driver-bpf/driver,.o _list.o _load.o _log.o): $(skel)

$B/%.o: %.c
	$(call say,CC,$<)
	$Qmkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$B/%.o: %.cc
	$(call say,CXX,$<)
	$Qmkdir -p $(@D) && $(CXX) $(CXX_FLAGS) -MMD -MP -c $< -o $@

$B/chisels/%.so: chisels/plugins/%.c
	$(call say,CHISEL,$@)
	$Qmkdir -p $(@D) && $(CC) -std=gnu17 -D_GNU_SOURCE -I. -Ichisels/include -fPIC \
		-fvisibility=hidden $(WARN) $(HARDEN) $(CFLAGS) -MMD -MP -shared $< -o $@

$B/chisels/%.example: tests/golden/chisel/%/cmd tests/golden/chisel/%/stdout
	$Qmkdir -p $(@D) && { sed -e 's|\$$SYSREEL|$$ sysreel|; s|\$$SYSREEL|sysreel|g' \
		-e 's|tests/files/good/||g; s|\$$TMP/||g' $< && cat $(word 2,$^); } > $@

$B/%.bpf.o: %.bpf.c
	$(call say,BPF,$<)
	$Qmkdir -p $(@D) && $(CLANG) -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_$(ARCH) -Wall -I. \
		-idirafter /usr/include/$(shell uname -m)-linux-gnu \
		-MMD -MP -c $< -o $@

$B/gen/%.skel.h: $B/%.bpf.o
	$(call say,SKEL,$@)
	$Qmkdir -p $(@D) && $(BPFTOOL) gen skeleton $< name $(notdir $*)_bpf > $@

$B/tests/unit/%: tests/unit/%.c $B/libsysreel.a
	$(call say,TEST,$<)
	$Qmkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -MMD -MP $< -o $@ $B/libsysreel.a -lcmocka $(LIBS)

$B/tests/fuzz/%: tests/fuzz/%.c tests/fuzz/standalone.c $B/libsysreel.a
	$(call say,FUZZ,$<)
	$Qmkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -MMD -MP $< tests/fuzz/standalone.c -o $@ \
		$B/libsysreel.a $(LIBS)

# Programs with eBPF counters of their own.
$B/tests/flood/flood: tests/flood/flood.c $B/gen/tests/flood/flood.skel.h $B/libsysreel.a
	$(call say,TEST,$<)
	$Qmkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $< -o $@ $B/libsysreel.a $(LIBS)

$B/tests/bench/%: tests/bench/%.c $B/libsysreel.a
	$(call say,BENCH,$<)
	$Qmkdir -p $(@D) && $(CC) $(ALL_CFLAGS) -MMD -MP $< -o $@ $B/libsysreel.a $(LIBS)

# Programs that live tests record; static so that guests and containers can run them too.
$B/tests/live/%: tests/live/%.c
	$(call say,LIVE,$<)
	$Qmkdir -p $(@D) && $(CC) -std=gnu17 -D_GNU_SOURCE -O1 -Wall -I. -static -pthread $< -o $@ $(LIVE_LIBS)
$B/tests/live/uring: LIVE_LIBS = -luring

clean:
	$Qrm -rf $B

-include Makefile.tests
-include $(shell find $B -name '*.d' 2>/dev/null)
.PHONY: all clean
.DELETE_ON_ERROR:
.SECONDARY:
