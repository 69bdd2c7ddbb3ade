/*
 * driver.c
 *		Runs libFuzzer inside a backend, so that memory contexts, errors,
 *		encodings and catalogs are the real ones.
 *
 *		CREATE FUNCTION drs_fuzz(target text, arguments text[]) RETURNS void ...
 *		SELECT drs_fuzz('decode', '{-max_total_time=60,corpus}');
 *
 * libFuzzer ends the process itself, so this is for "postgres --single" in a
 * data directory of its own.  Errors of each input are caught and its memory
 * is freed.  A crash, a sanitizer report, a broken rule or an unexpected
 * error is a finding.
 */
#include "postgres.h"

#include <signal.h>

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "fuzz.h"

#define DRS_GUARD_IMPLEMENTATION
#include "guard.h"

PG_FUNCTION_INFO_V1(drs_fuzz);

/* from libFuzzer: does the work of its main() */
extern int	LLVMFuzzerRunDriver(int *argc, char ***argv,
								int (*callback) (const uint8_t *data, size_t size));

static const FuzzTarget *const targets[] = {
	&drs_fuzz_csv, &drs_fuzz_decode, &drs_fuzz_json, &drs_fuzz_layout, &drs_fuzz_message,
	&drs_fuzz_options,
};

static const FuzzTarget *target;
static MemoryContext input_cxt;

void
drs_fuzz_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: rule broken: %s\n", file, line, what);
	abort();					/* libFuzzer keeps the input */
}

void
drs_fuzz_check_text(const char *text, size_t max, bool one_line)
{
	FUZZ_CHECK(strlen(text) <= max);
	FUZZ_CHECK(pg_verify_mbstr(GetDatabaseEncoding(), text, strlen(text), true));
	for (const char *c = text; one_line && *c; c++)
		FUZZ_CHECK((unsigned char) *c >= ' ' && *c != 0x7f);
}

static void
check_error(const ErrorData *error)
{
	bool		expected = false;

	for (const int *code = target->expected; *code != 0; code++)
		expected |= error->sqlerrcode == *code;
	if (!expected)
		fprintf(stderr, "SQLSTATE %s: %s\n", unpack_sql_state(error->sqlerrcode), error->message);
	FUZZ_CHECK(expected);
	drs_fuzz_check_text(error->message ? error->message : "", 1000000, false);
	drs_fuzz_check_text(error->detail ? error->detail : "", 1000000, false);
	drs_fuzz_check_text(error->hint ? error->hint : "", 1000000, false);
	drs_fuzz_check_text(error->context ? error->context : "", 1000000, false);
}

static int
run_input(const uint8_t *data, size_t size)
{
	MemoryContext old = MemoryContextSwitchTo(input_cxt);
	ErrorContextCallback *callbacks = error_context_stack;
	ErrorData  *error = NULL;

	PG_TRY();
	{
		target->run(data, size);
		FUZZ_CHECK(error_context_stack == callbacks);
		FUZZ_CHECK(CurrentMemoryContext == input_cxt);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(input_cxt);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	if (error)
		check_error(error);
	drs_guard_forget(NULL);
	MemoryContextReset(input_cxt);
	MemoryContextSwitchTo(old);
	return 0;
}

/* libFuzzer does not touch signals that already have a handler; it needs these. */
static void
give_signals_to_libfuzzer(void)
{
	static const int signals[] = {SIGALRM, SIGINT, SIGTERM, SIGXFSZ};

	for (size_t i = 0; i < lengthof(signals); i++)
		signal(signals[i], SIG_DFL);
}

/* The arguments in the form of main(), in the current memory context. */
static char **
make_argv(ArrayType *arguments, int *argc)
{
	Datum	   *elements;
	int			count;
	char	  **argv;

	deconstruct_array(arguments, TEXTOID, -1, false, TYPALIGN_INT, &elements, NULL, &count);
	argv = palloc0(sizeof(char *) * (count + 2));
	argv[0] = pstrdup("drs_fuzz");
	for (int i = 0; i < count; i++)
		argv[i + 1] = TextDatumGetCString(elements[i]);
	*argc = count + 1;
	return argv;
}

Datum
drs_fuzz(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	  **argv;
	int			argc;

	for (size_t i = 0; i < lengthof(targets); i++)
		if (strcmp(targets[i]->name, name) == 0)
			target = targets[i];
	if (target == NULL)
		elog(ERROR, "no such target: %s", name);
	MemoryContextSwitchTo(AllocSetContextCreate(TopMemoryContext, "fuzzing",
												ALLOCSET_DEFAULT_SIZES));
	argv = make_argv(PG_GETARG_ARRAYTYPE_P(1), &argc);
	if (target->setup)
		target->setup();
	input_cxt = AllocSetContextCreate(TopMemoryContext, "input", ALLOCSET_DEFAULT_SIZES);
	give_signals_to_libfuzzer();
	LLVMFuzzerRunDriver(&argc, &argv, run_input);
	exit(0);
}
