/*
 * A bare upload with libcurl, the yardstick of `make bench`: what the stand-in can take if nobody
 * has to make the bytes. The CSV file is cut into chunks in memory first, each with the header
 * line, then all are sent with so many requests in flight; replies are counted and dropped.
 *
 * usage: uploader URL TOKEN KEY FILE.csv CHUNK_BYTES IN_FLIGHT
 * prints: seconds, rows/s, MB/s (bodies), requests
 */
#include <curl/curl.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct chunk
{
	char	   *data;
	size_t		len;
};

struct load
{
	struct chunk *chunks;
	size_t		n_chunks;
	size_t		next;			/* to be sent */
	size_t		rows;
	size_t		bytes;
	size_t		failed;
};

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

/* The end of the record that begins here: behind the first line feed outside quotes. */
static const char *
record_end(const char *at, const char *end)
{
	bool		quoted = false;

	for (; at < end; at++)
	{
		if (*at == '"')
			quoted = !quoted;
		else if (*at == '\n' && !quoted)
			return at + 1;
	}
	return end;
}

static void
add_chunk(struct load *load, const char *header, size_t header_len, const char *from, size_t len)
{
	struct chunk *c;

	load->chunks = realloc(load->chunks, (load->n_chunks + 1) * sizeof *load->chunks);
	if (!load->chunks)
		die("memory");
	c = &load->chunks[load->n_chunks++];
	c->len = header_len + len;
	c->data = malloc(c->len);
	if (!c->data)
		die("memory");
	memcpy(c->data, header, header_len);
	memcpy(c->data + header_len, from, len);
	load->bytes += c->len;
}

static void
cut(struct load *load, const char *file, size_t len, size_t chunk_bytes)
{
	const char *end = file + len;
	const char *from = record_end(file, end);
	size_t		header_len = (size_t) (from - file);
	const char *at = from;

	while (at < end)
	{
		const char *next = record_end(at, end);

		if ((size_t) (next - from) + header_len > chunk_bytes && at > from)
		{
			add_chunk(load, file, header_len, from, (size_t) (at - from));
			from = at;
		}
		load->rows++;
		at = next;
	}
	if (at > from)
		add_chunk(load, file, header_len, from, (size_t) (at - from));
}

static void
read_and_cut(struct load *load, const char *path, size_t chunk_bytes)
{
	int			fd = open(path, O_RDONLY);
	struct stat st;
	char	   *file;

	if (fd < 0 || fstat(fd, &st) != 0)
		die(path);
	file = mmap(NULL, (size_t) st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file == MAP_FAILED)
		die(path);
	cut(load, file, (size_t) st.st_size, chunk_bytes);
	munmap(file, (size_t) st.st_size);
	close(fd);
}

static size_t
drop(char *data, size_t size, size_t count, void *unused)
{
	(void) data;
	(void) unused;
	return size * count;
}

static CURL *
make_handle(const char *url, struct curl_slist *headers)
{
	CURL	   *curl = curl_easy_init();

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
	curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, 2L * 1024 * 1024);
	curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, 512L * 1024);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	return curl;
}

/* Give the handle its next chunk; false: there is none. */
static bool
send_next(struct load *load, CURLM *multi, CURL *curl)
{
	struct chunk *c;

	if (load->next == load->n_chunks)
		return false;
	c = &load->chunks[load->next++];
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) c->len);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, c->data);
	curl_multi_add_handle(multi, curl);
	return true;
}

static void
finish(struct load *load, CURLM *multi, const CURLMsg *message)
{
	CURL	   *curl = message->easy_handle;
	long		status = 0;

	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (message->data.result != CURLE_OK || status != 200)
	{
		if (load->failed++ == 0)
			fprintf(stderr, "uploader: status %ld, %s\n", status,
					curl_easy_strerror(message->data.result));
	}
	curl_multi_remove_handle(multi, curl);
	if (!send_next(load, multi, curl))
		curl_easy_cleanup(curl);
}

static void
upload(struct load *load, const char *url, struct curl_slist *headers, int in_flight)
{
	CURLM	   *multi = curl_multi_init();
	size_t		done = 0;
	int			running;
	int			left;

	for (int i = 0; i < in_flight && (size_t) i < load->n_chunks; i++)
		send_next(load, multi, make_handle(url, headers));
	while (done < load->n_chunks)
	{
		CURLMsg		*message;
		size_t		before = done;

		curl_multi_perform(multi, &running);
		while ((message = curl_multi_info_read(multi, &left)) != NULL)
		{
			finish(load, multi, message);
			done++;
		}
		if (done == before)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	}
	curl_multi_cleanup(multi);
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static struct curl_slist *
make_headers(const char *token, const char *key)
{
	struct curl_slist *headers = NULL;
	char		line[1024];

	snprintf(line, sizeof line, "Authorization: Bearer %s", token);
	headers = curl_slist_append(headers, line);
	snprintf(line, sizeof line, "datarobot-key: %s", key);
	headers = curl_slist_append(headers, line);
	headers = curl_slist_append(headers, "Content-Type: text/csv; charset=UTF-8");
	headers = curl_slist_append(headers, "Accept: text/csv");
	return curl_slist_append(headers, "Expect:");
}

int
main(int argc, char **argv)
{
	struct load load = {0};
	struct curl_slist *headers;
	double		start;
	double		seconds;

	if (argc != 7 || atol(argv[5]) <= 0 || atoi(argv[6]) <= 0)
	{
		fputs("usage: uploader URL TOKEN KEY FILE.csv CHUNK_BYTES IN_FLIGHT\n", stderr);
		return 2;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	read_and_cut(&load, argv[4], (size_t) atol(argv[5]));
	headers = make_headers(argv[2], argv[3]);
	start = now();
	upload(&load, argv[1], headers, atoi(argv[6]));
	seconds = now() - start;
	printf("%.3f seconds, %.0f rows/s, %.0f MB/s, %zu requests, %zu rows, %zu failed\n", seconds,
		   (double) load.rows / seconds, (double) load.bytes / 1e6 / seconds, load.n_chunks,
		   load.rows, load.failed);
	for (size_t i = 0; i < load.n_chunks; i++)
		free(load.chunks[i].data);
	free(load.chunks);
	curl_slist_free_all(headers);
	curl_global_cleanup();
	return load.failed ? 1 : 0;
}
