#include "http/tls.h"

#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/command_line.h"

enum { VALID_SECONDS = 30 * 24 * 3600 };

/* A key and the certificate for it. */
struct identity
{
	gnutls_x509_privkey_t key;
	gnutls_x509_crt_t crt;
};

static struct identity
new_identity(const char *common_name, unsigned char serial)
{
	struct identity id;
	time_t		now = time(NULL);
	unsigned char number[9] = {0x01};

	/* a new serial at every start, for clients that remember certificates */
	memcpy(number + 1, &now, sizeof number - 2);
	number[8] = serial;
	gnutls_x509_privkey_init(&id.key);
	gnutls_x509_privkey_generate(id.key, GNUTLS_PK_ECDSA,
								 GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	gnutls_x509_crt_init(&id.crt);
	gnutls_x509_crt_set_version(id.crt, 3);
	gnutls_x509_crt_set_serial(id.crt, number, sizeof number);
	gnutls_x509_crt_set_activation_time(id.crt, now - 3600);
	gnutls_x509_crt_set_expiration_time(id.crt, now + VALID_SECONDS);
	gnutls_x509_crt_set_dn_by_oid(id.crt, GNUTLS_OID_X520_COMMON_NAME, 0, common_name,
								  (unsigned) strlen(common_name));
	gnutls_x509_crt_set_key(id.crt, id.key);
	return id;
}

static void
free_identity(struct identity *id)
{
	gnutls_x509_crt_deinit(id->crt);
	gnutls_x509_privkey_deinit(id->key);
}

static bool
sign(struct identity *id, const struct identity *ca)
{
	unsigned char key_id[64];
	size_t		size = sizeof key_id;

	gnutls_x509_crt_get_key_id(id->crt, 0, key_id, &size);
	gnutls_x509_crt_set_subject_key_id(id->crt, key_id, size);
	size = sizeof key_id;
	gnutls_x509_crt_get_key_id(ca->crt, 0, key_id, &size);
	gnutls_x509_crt_set_authority_key_id(id->crt, key_id, size);
	return gnutls_x509_crt_sign2(id->crt, ca->crt, ca->key, GNUTLS_DIG_SHA256, 0) ==
		   GNUTLS_E_SUCCESS;
}

static char *
copy_datum(gnutls_datum_t d)
{
	char	   *text = must_alloc(d.size + 1);

	memcpy(text, d.data, d.size);
	text[d.size] = '\0';
	gnutls_free(d.data);
	return text;
}

static char *
certificate_text(const struct identity *id)
{
	gnutls_datum_t d = {0};

	gnutls_x509_crt_export2(id->crt, GNUTLS_X509_FMT_PEM, &d);
	return copy_datum(d);
}

static char *
key_text(const struct identity *id)
{
	gnutls_datum_t d = {0};

	gnutls_x509_privkey_export2_pkcs8(id->key, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN, &d);
	return copy_datum(d);
}

/* Writes the text and frees it. */
static bool
write_file(const char *run_dir, const char *name, int mode, char *text)
{
	char		path[4096];
	int			fd;
	bool		ok;

	snprintf(path, sizeof path, "%s/%s", run_dir, name);
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t) strlen(text);
	if (!ok)
		perror(path);
	if (fd >= 0)
		close(fd);
	free(text);
	return ok;
}

static bool
make_server(const struct identity *ca, struct tls_files *files)
{
	static const unsigned char loopback[4] = {127, 0, 0, 1};
	struct identity id = new_identity("localhost", 2);
	bool		ok;

	gnutls_x509_crt_set_subject_alt_name(id.crt, GNUTLS_SAN_DNSNAME, "localhost", 9,
										 GNUTLS_FSAN_SET);
	gnutls_x509_crt_set_subject_alt_name(id.crt, GNUTLS_SAN_IPADDRESS, loopback, 4,
										 GNUTLS_FSAN_APPEND);
	gnutls_x509_crt_set_basic_constraints(id.crt, 0, -1);
	gnutls_x509_crt_set_key_usage(id.crt, GNUTLS_KEY_DIGITAL_SIGNATURE);
	gnutls_x509_crt_set_key_purpose_oid(id.crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
	ok = sign(&id, ca);
	files->key = key_text(&id);
	files->chain = certificate_text(&id);
	free_identity(&id);
	return ok;
}

static bool
make_client(const struct identity *ca, const char *run_dir)
{
	struct identity id = new_identity("standin client", 3);
	bool		ok;

	gnutls_x509_crt_set_basic_constraints(id.crt, 0, -1);
	gnutls_x509_crt_set_key_usage(id.crt, GNUTLS_KEY_DIGITAL_SIGNATURE);
	gnutls_x509_crt_set_key_purpose_oid(id.crt, GNUTLS_KP_TLS_WWW_CLIENT, 0);
	ok = sign(&id, ca)
		&& write_file(run_dir, "client.pem", 0644, certificate_text(&id))
		&& write_file(run_dir, "client.key", 0600, key_text(&id));
	free_identity(&id);
	return ok;
}

bool
tls_make(const char *run_dir, bool client_auth, struct tls_files *files)
{
	struct identity ca = new_identity("stand-in throw-away CA", 1);
	bool		ok;

	*files = (struct tls_files) {0};
	gnutls_x509_crt_set_basic_constraints(ca.crt, 1, 0);
	gnutls_x509_crt_set_key_usage(ca.crt, GNUTLS_KEY_KEY_CERT_SIGN | GNUTLS_KEY_CRL_SIGN);
	ok = sign(&ca, &ca) && make_server(&ca, files) && make_client(&ca, run_dir)
		&& write_file(run_dir, "ca.pem", 0644, certificate_text(&ca));
	if (client_auth)
		files->client_ca = certificate_text(&ca);
	free_identity(&ca);
	if (!ok)
		fputs("standin: could not make the certificates\n", stderr);
	return ok;
}

void
tls_free(struct tls_files *files)
{
	free(files->key);
	free(files->chain);
	free(files->client_ca);
}

bool
tls_client_is_known(void *session)
{
	unsigned	status = 1;

	if (!options.client_auth)
		return true;
	return gnutls_certificate_verify_peers2(session, &status) == GNUTLS_E_SUCCESS && status == 0;
}
