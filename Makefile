# kobra: a PostgreSQL extension that runs a debt-collection operation.
#
#   make demo [CSV=path]  a private cluster with a portfolio in it, and a tour
#   make demo-stop        end it
#   make check            every test suite, in a throw-away cluster
#   make bench [BENCH=]   the measurements, one or all
#   make soak [SOAK=] [SECONDS=]  what runs long or needs tools, one or all
#   make lint, format     what machines can say about the sources; indent them
#   make dist             the archive for PGXN
#   make, make install    build and install into PG_CONFIG's server
#
# Another PostgreSQL is chosen with PG_CONFIG=/path/to/pg_config.

EXTENSION   = kobra
MODULE_big  = kobra
EXTVERSION := $(shell sed -n "s/^default_version = '\(.*\)'/\1/p" kobra.control)

SOURCES     = $(filter-out $(PHONE_SOURCES) $(VERIFY_SOURCES),$(sort $(wildcard src/*.c src/*/*.c)))
INCLUDES    = $(sort $(wildcard src/*.h src/*/*.h))
OBJS        = $(SOURCES:.c=.o)

# SHA-256 and signatures.
SHLIB_LINK  = -lcrypto

# A library of its own, since it is C++ and few sessions need it.
PHONE         = kobra_phone$(DLSUFFIX)
PHONE_SOURCES = src/phone/phone.cpp src/phone/phone_info.c
PHONE_EXPORTS = src/phone/exports.map
PHONE_OBJS    = src/phone/phone.o src/phone/phone_info.o

# A program that checks what the log says without a server: the log's cores and
# libcrypto, nothing of PostgreSQL's.  People run it, so it goes where psql is.
VERIFY         = kobra_verify$(X)
VERIFY_SOURCES = $(sort $(wildcard src/verify/*.c))
VERIFY_OBJS    = $(VERIFY_SOURCES:.c=.o) $(patsubst %,src/audit/%_core.o,entry hash merkle note signature text)

PIECES      = $(sort $(wildcard sql/install/*.sql))
DATA_built  = sql/$(EXTENSION)--$(EXTVERSION).sql
DATA        = $(wildcard sql/$(EXTENSION)--*--*.sql)
EXTRA_CLEAN = $(PHONE) $(PHONE_OBJS) $(VERIFY) $(VERIFY_SOURCES:.c=.o) .built-for results tmp_check dist regression.diffs regression.out

PG_CPPFLAGS = -I$(CURDIR)/src
PG_CFLAGS   = -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
              -Wno-missing-field-initializers -Wshadow=compatible-local $(KOBRA_CFLAGS)
PG_CXXFLAGS = -std=c++17 -Wall -Wextra $(KOBRA_CFLAGS)

REGRESS        = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS_OPTS   = --inputdir=test --outputdir=. --load-extension=postgis --load-extension=$(EXTENSION)
ISOLATION      = $(patsubst test/specs/%.spec,%,$(sort $(wildcard test/specs/*.spec)))
ISOLATION_OPTS = $(REGRESS_OPTS)
TAP_TESTS      = 1
PROVE_TESTS    = test/t/*.pl
PROVE_FLAGS   += -I test/perl

PG_CONFIG ?= pg_config
NO_SERVER  = check demo demo-stop bench soak lint format dist

.DEFAULT_GOAL := all

$(DATA_built): $(PIECES) kobra.control
	@! grep -nEi 'or replace|if not exists' $(PIECES) | grep -v ':[[:space:]]*--' \
	  || { echo 'the install script creates or fails' >&2; exit 1; }
	{ printf '%s\n' '\echo Use "CREATE EXTENSION $(EXTENSION)" to load this file. \quit'; \
	  cat $(PIECES); } > $@

# The targets that set up their own server bring the server's headers too, so
# they must work before PGXS can be found.
ifeq ($(filter $(NO_SERVER),$(MAKECMDGOALS)),)
PGXS := $(shell $(PG_CONFIG) --pgxs)
ifeq ($(wildcard $(PGXS)),)
$(error no server headers found by PG_CONFIG=$(PG_CONFIG); install them, or try "make check" or "make demo", which install what they need)
endif
include $(PGXS)

# What was made for another server, with other flags or of other files is made
# anew: their list is in a file that changes only when the list does.
BUILT_FOR := $(strip $(shell $(PG_CONFIG) --version --bindir --cflags) $(KOBRA_CFLAGS) $(SOURCES) $(PHONE_SOURCES) $(VERIFY_SOURCES) $(PIECES))
ifneq ($(file <.built-for),$(BUILT_FOR))
$(file >.built-for,$(BUILT_FOR))
endif

# PGXS tracks no headers here.
$(OBJS) $(OBJS:.o=.bc) $(PHONE_OBJS) $(VERIFY_OBJS): $(INCLUDES) .built-for
$(DATA_built): .built-for

$(PHONE): $(PHONE_OBJS) $(PHONE_EXPORTS)
	$(CXX) $(CXXFLAGS) -shared -o $@ $(PHONE_OBJS) $(LDFLAGS) $(LDFLAGS_SL) -Wl,--version-script=$(PHONE_EXPORTS) -lphonenumber

$(VERIFY): $(VERIFY_OBJS)
	$(CC) $(CFLAGS) -o $@ $(VERIFY_OBJS) $(LDFLAGS) $(LDFLAGS_EX) -lcrypto -lm

.PHONY: install-phone uninstall-phone install-verify uninstall-verify
all: $(PHONE) $(VERIFY)
install: install-phone install-verify
install-phone: $(PHONE) installdirs
	$(INSTALL_SHLIB) $(PHONE) '$(DESTDIR)$(pkglibdir)/'
install-verify: $(VERIFY)
	$(MKDIR_P) '$(DESTDIR)$(bindir)'
	$(INSTALL_PROGRAM) $(VERIFY) '$(DESTDIR)$(bindir)/'
uninstall: uninstall-phone uninstall-verify
uninstall-verify:
	rm -f '$(DESTDIR)$(bindir)/$(VERIFY)'
uninstall-phone:
	rm -f '$(DESTDIR)$(pkglibdir)/$(PHONE)'

else

.PHONY: $(NO_SERVER) $(DATA_built)
export PG_CONFIG CSV ENCODING

check:
	@test/run

demo:
	@test/demo/run

demo-stop:
	@test/demo/run stop

bench:
	@test/bench/run $(BENCH)

# bash has a variable SECONDS of its own.
soak:
	@KOBRA_SECONDS='$(SECONDS)' test/soundness/run $(SOAK)

lint:
	@scripts/lint

format:
	@scripts/format

# The archive for PGXN: what is committed, and the install script made of it.
dist: $(DATA_built)
	@git diff --quiet HEAD || { echo 'commit first: the archive is made of HEAD' >&2; exit 1; }
	@mkdir -p dist
	git archive --format=zip --output=dist/$(EXTENSION)-$(EXTVERSION).zip \
	  --prefix=$(EXTENSION)-$(EXTVERSION)/sql/ --add-file=$(DATA_built) \
	  --prefix=$(EXTENSION)-$(EXTVERSION)/ HEAD

endif
