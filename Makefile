# datarobot_scoring: PGXS build, and short names for the scripts.
#
#   make help       what there is
#
# The scripts (demo, test, up, ...) install PostgreSQL when it is missing, so this file has to work
# before it is there: PGXS is included only when it is found.

EXTENSION  = datarobot_scoring
EXTVERSION = $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(EXTENSION).control)

MODULE_big = $(EXTENSION)
OBJS       = $(patsubst %.c,%.o,$(sort $(wildcard src/*/*.c)))
PGFILEDESC = "datarobot_scoring - score rows with DataRobot deployments"

DATA       = $(wildcard sql/*--*--*.sql)
DATA_built = sql/$(EXTENSION)--$(EXTVERSION).sql

PG_CPPFLAGS = -I$(CURDIR)/src
SHLIB_LINK  = -lcurl -lcsv -lz

# A test must never have the name of a file in sql/: pg_regress looks there first.
REGRESS        := $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
# Their database is of one encoding and locale, whatever the server's.
REGRESS_OPTS   = --inputdir=test --encoding=UTF8 --no-locale
# Those that write and those that scan scored tables need a prediction server, which test/run starts.
ISOLATION      := $(patsubst test/specs/%.spec,%,$(sort $(wildcard test/specs/*.spec)))
ifndef DRS_REQUIRE_STANDIN
ISOLATION      := $(filter-out into_% scored_%,$(ISOLATION))
endif
ISOLATION_OPTS := $(REGRESS_OPTS)
TAP_TESTS      := $(if $(wildcard test/t/*.pl),1)
PROVE_TESTS    = test/t/*.pl
PROVE_FLAGS    = -I test/lib

# PGXS's own target, for script/installcheck and test/run, which make what it needs.
ifndef DRS_INSTALLCHECK
NO_INSTALLCHECK = 1
endif

# The given pg_config, else that of the newest server with build files, else the one on the path.
PGXS_FILES := $(wildcard /usr/lib/postgresql/*/lib/pgxs/src/makefiles/pgxs.mk)
ifndef PG_CONFIG
PG_CONFIG := $(shell ls -d $(PGXS_FILES) /dev/null | sort -rV | \
	sed -n 's,/lib/pgxs/src/makefiles/pgxs.mk$$,/bin/pg_config,p' | head -n 1)
endif
ifeq ($(strip $(PG_CONFIG)),)
PG_CONFIG := pg_config
endif
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)

ifdef WERROR
# -isystem: warnings are for our code, not for the server's headers. The function manager's and
# libcurl's signatures leave parameters unused everywhere.
PG_CPPFLAGS += -isystem $(shell $(PG_CONFIG) --includedir-server)
PG_CFLAGS   += -Wall -Wextra -Werror -Wno-unused-parameter
ifneq (,$(findstring clang,$(CC)))
# the server's own flags are gcc's
PG_CFLAGS   += -Wno-unknown-warning-option -Wno-ignored-optimization-argument \
	-Wno-unused-command-line-argument
endif
endif

SCRIPT_TARGETS = help demo test up stop psql bench instructions matrix mutate clients interop sanitize valgrind fuzz standin
.PHONY: $(SCRIPT_TARGETS)

ifneq (,$(wildcard $(PGXS)))

include $(PGXS)

# PGXS knows no header dependencies on servers built without --enable-depend.
$(OBJS): $(wildcard src/*/*.h) Makefile
$(OBJS:.o=.bc): $(wildcard src/*/*.h)

ifdef NO_INSTALLCHECK
installcheck:
	@PG_CONFIG='$(PG_CONFIG)' script/installcheck
.PHONY: installcheck
endif

$(DATA_built): sql/$(EXTENSION).sql $(EXTENSION).control
	cp $< $@

else

all install installcheck uninstall clean:
	@echo "make $@: no PostgreSQL build files (pg_config is '$(PG_CONFIG)')." >&2
	@echo "Install postgresql-server-dev-NN, or set PG_CONFIG; 'make demo' and 'make up' do it all." >&2
	@exit 1
.PHONY: all install installcheck uninstall clean

endif

help:
	@echo "make demo       install what is missing, build, score real data with the stand-in server"
	@echo "make test       the same set-up, then every test (make test ARGS=t/010_x.pl: only that)"
	@echo "make up         private PostgreSQL and stand-in server on loopback; writes .run/env"
	@echo "make psql       psql in the database that 'make up' or 'make demo' started"
	@echo "make stop       end what was started, remove its files"
	@echo "make bench      measure (ROWS=100000: a quick look)"
	@echo "make instructions   count a backend's instructions by each way of scoring (valgrind)"
	@echo "make matrix     build and test under other PostgreSQL releases, in chroots (as root)"
	@echo "make interop    test with DataRobot's model server DRUM and its Python client (from the Python registry)"
	@echo "make clients    run the examples of docs/clients.md with every driver that can be installed"
	@echo "make mutate     make known slips one at a time, and see that tests notice"
	@echo "make sanitize   tests with AddressSanitizer and UBSan"
	@echo "make valgrind   error paths under valgrind"
	@echo "make fuzz       libFuzzer on the decoders"
	@echo "make standin    build the stand-in server only"
	@echo
	@echo "make, make install, make installcheck: for your own server, the PGXS way (PG_CONFIG=...)"

# ARGS='...' is handed to the script.
demo:
	@demo/run $(ARGS)
test:
	@test/run $(ARGS)
up stop psql matrix clients:
	@script/$@ $(ARGS)
bench:
	@bench/run $(ARGS)
instructions:
	@bench/$@ $(ARGS)
sanitize valgrind mutate:
	@test/$@ $(ARGS)
interop:
	@test/interop/run $(ARGS)
fuzz:
	@test/fuzz/run $(ARGS)
standin:
	@$(MAKE) -C test/server
