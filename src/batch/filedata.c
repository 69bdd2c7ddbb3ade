/*
 * filedata.c
 *		A file of the database server as the data of a job.
 *
 * As one request, the file is sent as it is.  In parts, it must be cut between records:
 * where these can be found in the bytes as they are, the bytes are sent; otherwise they
 * become our CSV, and that of the job again when they are sent.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "batch/csvrecords.h"
#include "batch/csvtranslator.h"
#include "batch/filedata.h"

/* Bytes that are read at a time. */
#define PIECE (256 * 1024)

typedef struct FileData
{
	JobData    *data;
	const char *path;
	FILE	   *stream;
	int64		size;			/* bytes read */

	/* in parts: the text, as far as it was read and not sent */
	CsvTranslator *translator;	/* NULL: the text is the file's own bytes */
	CsvPlace	place;
	ByteBuf		text;
	size_t		scanned;		/* bytes of the text that are before place */
	bool		has_header;		/* the header was taken off */
	MemoryContextCallback ending;
} FileData;

/* Read the next piece; 0 at the end. */
static size_t
read_piece(FileData *file, char *piece)
{
	size_t		len = fread(piece, 1, PIECE, file->stream);

	CHECK_FOR_INTERRUPTS();
	if (ferror(file->stream))
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read file \"%s\": %m", file->path)));
	file->size += len;
	return len;
}

static void
free_text(void *arg)
{
	FileData   *file = arg;

	drs_bytebuf_free(&file->text);
}

static void
open_text(FileData *file)
{
	const CsvDialect *dialect = drs_jobdata_dialect(file->data);

	drs_bytebuf_init(&file->text, MaxAllocHugeSize);
	file->ending.func = free_text;
	file->ending.arg = file;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &file->ending);
	if (!drs_csvrecords_can(dialect))
	{
		file->translator = drs_csvtranslator_create(dialect, &drs_csv_standard);
		dialect = &drs_csv_standard;
	}
	file->place = drs_csvrecords_start(dialect);
}

static void
add_piece(FileData *file, const char *piece, size_t len)
{
	if (file->translator)
		drs_csvtranslator_add(file->translator, piece, len, &file->text);
	else if (!drs_bytebuf_add(&file->text, piece, len))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 errdetail("Failed on a record of more than %zu bytes.", file->text.len)));
}

/* Take the header off the text, if all of it is there. */
static void
take_header(FileData *file)
{
	size_t		len = drs_csvrecords_first(&file->place, file->text.data + file->scanned,
										   file->text.len - file->scanned);
	char	   *header;

	if (len == 0)
	{
		file->scanned = file->text.len;
		return;
	}
	len += file->scanned;
	header = palloc(len);
	memcpy(header, file->text.data, len);
	drs_jobdata_set_header(file->data, header, len,
						   file->translator ? drs_jobdata_dialect(file->data) : NULL);
	drs_bytebuf_drop(&file->text, len);
	file->scanned = 0;
	file->has_header = true;
}

/* Send the whole records of the text. */
static void
take_records(FileData *file)
{
	size_t		len = drs_csvrecords_last(&file->place, file->text.data + file->scanned,
										  file->text.len - file->scanned);

	if (len > 0)
	{
		len += file->scanned;
		drs_jobdata_write(file->data, file->text.data, len);
		drs_bytebuf_drop(&file->text, len);
	}
	file->scanned = file->text.len;
}

static void
take_text(FileData *file)
{
	if (!file->has_header)
		take_header(file);
	if (file->has_header)
		take_records(file);
}

/* The last line may have no end; without others, it is the header. */
static void
take_last_line(FileData *file)
{
	if (file->translator)
		drs_csvtranslator_end(file->translator, &file->text);
	take_text(file);
	if (file->has_header)
		drs_jobdata_write(file->data, file->text.data, file->text.len);
}

static void
send_parts(JobData *data, void *arg)
{
	FileData   *file = arg;
	char	   *piece = palloc(PIECE);
	size_t		len;

	open_text(file);
	while ((len = read_piece(file, piece)) > 0)
	{
		add_piece(file, piece, len);
		take_text(file);
	}
	take_last_line(file);
}

static void
send_whole(JobData *data, void *arg)
{
	FileData   *file = arg;
	char	   *piece = palloc(PIECE);
	size_t		len;

	while ((len = read_piece(file, piece)) > 0)
		drs_jobdata_write(data, piece, len);
}

int64
drs_filedata_send(JobData *data, const char *path, FILE *stream)
{
	FileData   *file = palloc0(sizeof(FileData));

	file->data = data;
	file->path = path;
	file->stream = stream;
	drs_jobdata_send(data, "the file",
					 drs_jobdata_is_multipart(data) ? send_parts : send_whole, file);
	return file->size;
}
