/* SPDX-License-Identifier: Apache-2.0 */
#include "formats/scap_file.h"

#include "formats/base/buf.h"
#include "formats/base/cur.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define SECTION		 0x0a0d0d0au
#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define HEAD		 8u /* type and length */
#define TRAILER		 4u
#define SECTION_BODY	 16u
#define MAX_MAJOR	 1
/* Larger blocks are damage: a process list of that size has some hundred thousand threads. */
#define MAX_BLOCK	 (512u << 20)
/* What is read at a time, so that a damaged length costs no more memory than there are bytes. */
#define STEP		 (1u << 20)

struct sr_scap_file {
	gzFile gz;
	struct sr_buf body;
	uint64_t offset;
	bool begun, failed;
};

static const struct {
	uint32_t alias, type;
} aliases[] = {
	{ 0x8002abcd, 0x201 }, { 0x8000abcd, 0x202 }, { 0x8013abcd, 0x207 }, { 0x8014abcd, 0x209 },
	{ 0x8001abcd, 0x203 }, { 0x8010abcd, 0x204 }, { 0x8011abcd, 0x205 }, { 0x8012abcd, 0x206 },
};

static uint32_t resolve(uint32_t type)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (aliases[i].alias == type)
			return aliases[i].type;
	return type;
}

static enum sr_scap_what what_is(uint32_t type)
{
	switch (type) {
	case SECTION:
		return SR_SCAP_SECTION;
	case 0x201:
		return SR_SCAP_MACHINE;
	case 0x205:
	case 0x219:
		return SR_SCAP_INTERFACES;
	case 0x206:
	case 0x220:
		return SR_SCAP_USERS;
	case 0x202:
	case 0x207:
	case 0x209:
	case 0x210:
	case 0x211:
	case 0x212:
	case 0x213:
	case 0x214:
	case 0x215:
		return SR_SCAP_PROCS;
	case 0x203:
	case 0x218:
		return SR_SCAP_FDS;
	case 0x204:
	case 0x208:
	case 0x216:
	case 0x217:
	case 0x221:
	case 0x222:
		return SR_SCAP_EVENT_BLOCK;
	default:
		return SR_SCAP_OTHER;
	}
}

bool sr_scap_magic(const uint8_t *p, size_t len)
{
	static const uint8_t gzip[] = { 0x1f, 0x8b }, section[] = { 0x0a, 0x0d, 0x0d, 0x0a };

	return (len >= sizeof(gzip) && memcmp(p, gzip, sizeof(gzip)) == 0) ||
	       (len >= sizeof(section) && memcmp(p, section, sizeof(section)) == 0);
}

/* Read up to @len bytes. Return how many there were; negative errno with words. */
static int64_t take(struct sr_scap_file *f, void *p, uint32_t len, struct sr_err *err)
{
	int n = gzread(f->gz, p, len), code;
	const char *words;

	if (n >= 0) {
		f->offset += (uint64_t)n;
		return n;
	}
	words = gzerror(f->gz, &code);
	if (code == Z_ERRNO)
		return sr_err_set(err, -EIO, f->offset, "cannot be read: %s", strerror(errno));
	return sr_err_set(err, code == Z_MEM_ERROR ? -ENOMEM : -EBADMSG, f->offset,
			  "cannot be unpacked: %s", words);
}

/* The rest of a block into f->body, @len bytes. */
static int read_body(struct sr_scap_file *f, uint64_t at, uint32_t len, struct sr_err *err)
{
	f->body.len = 0;
	while (f->body.len < len) {
		uint32_t want = len - (uint32_t)f->body.len;
		int64_t n;

		want = want > STEP ? STEP : want;
		if (!sr_buf_reserve(&f->body, want))
			return -ENOMEM;
		n = take(f, f->body.p + f->body.len, want, err);
		if (n < 0)
			return (int)n;
		f->body.len += (size_t)n;
		if (n < want)
			return sr_err_set(err, -EBADMSG, at,
					  "the file ends within a block: %zu of %u bytes",
					  f->body.len + HEAD, len + HEAD);
	}
	return 0;
}

static int check_section(const struct sr_scap_block *b, struct sr_err *err)
{
	struct sr_cur c = sr_cur(b->body, b->len);
	uint32_t magic = sr_cur_u32(&c);
	uint16_t major = sr_cur_u16(&c);

	(void)sr_cur_u16(&c);
	(void)sr_cur_u64(&c); /* the section's length; options may follow */
	if (c.bad)
		return sr_err_set(err, -EBADMSG, b->offset, "a section header is too short");
	if (magic == __builtin_bswap32(BYTE_ORDER_MAGIC))
		return sr_err_set(err, -EPROTONOSUPPORT, b->offset,
				  "recorded on a machine of the other byte order");
	if (magic != BYTE_ORDER_MAGIC)
		return sr_err_set(err, -EBADMSG, b->offset, "is no .scap file");
	if (major > MAX_MAJOR)
		return sr_err_set(err, -EPROTONOSUPPORT, b->offset,
				  "is of .scap version %u, newer than this program knows", major);
	return 0;
}

/* The trailer of an event block is of no use and not always right; of another it is a check, but
 * for the length of interface lists, which a known recorder got wrong. */
static int check_trailer(struct sr_scap_file *f, const struct sr_scap_block *b, uint32_t len,
			 struct sr_err *err)
{
	uint32_t trailer;

	memcpy(&trailer, f->body.p + f->body.len - TRAILER, sizeof(trailer));
	if (trailer == len || b->what == SR_SCAP_EVENT_BLOCK || b->what == SR_SCAP_INTERFACES)
		return 0;
	return sr_err_set(err, -EBADMSG, b->offset,
			  "a block begins with length %u and ends with length %u", len, trailer);
}

static int next(struct sr_scap_file *f, struct sr_scap_block *out, struct sr_err *err)
{
	uint32_t head[2] = { 0, 0 };
	uint64_t at = f->offset;
	int64_t n = take(f, head, sizeof(head), err);
	int rc;

	if (n <= 0)
		return (int)n;
	if (!f->begun && head[0] != SECTION)
		return sr_err_set(err, -EBADMSG, at, "is no .scap file");
	if (n < (int64_t)sizeof(head))
		return sr_err_set(err, -EBADMSG, at, "the file ends within a block");
	if (head[1] < HEAD + TRAILER || head[1] > MAX_BLOCK)
		return sr_err_set(err, -EBADMSG, at, "a block cannot be %u bytes long", head[1]);
	rc = read_body(f, at, head[1] - HEAD, err);
	if (rc < 0)
		return rc;
	out->offset = at;
	out->type = resolve(head[0]);
	out->what = what_is(out->type);
	out->body = f->body.p;
	out->len = f->body.len - TRAILER;
	rc = check_trailer(f, out, head[1], err);
	if (rc == 0 && out->what == SR_SCAP_SECTION)
		rc = check_section(out, err);
	f->begun = true;
	return rc < 0 ? rc : 1;
}

/* A known recorder wrote interface lists whose length is 4 bytes per entry too small. The entries
 * themselves are right: look for the end 4 bytes further on, entry by entry. */
static int mend_interfaces(struct sr_scap_file *f, struct sr_scap_block *b, struct sr_err *err)
{
	uint32_t len = (uint32_t)b->len + HEAD + TRAILER, trailer;

	for (unsigned int i = 0; b->type == 0x219; i++) {
		memcpy(&trailer, f->body.p + f->body.len - TRAILER, sizeof(trailer));
		if (trailer == len)
			break;
		if (i == 1024 || !sr_buf_reserve(&f->body, 4) ||
		    take(f, f->body.p + f->body.len, 4, err) != 4)
			return sr_err_set(err, -EBADMSG, b->offset,
					  "the end of an interface list is not where it should be");
		f->body.len += 4;
	}
	b->body = f->body.p;
	b->len = f->body.len - TRAILER;
	return 1;
}

int sr_scap_next(struct sr_scap_file *f, struct sr_scap_block *out, struct sr_err *err)
{
	int rc = 0;

	if (!f->failed)
		rc = next(f, out, err);
	if (rc == 1 && out->what == SR_SCAP_INTERFACES)
		rc = mend_interfaces(f, out, err);
	f->failed |= rc < 0;
	return rc;
}

int sr_scap_open(struct sr_scap_file **out, int fd, struct sr_err *err)
{
	struct sr_scap_file *f = calloc(1, sizeof(*f));
	int rc = -ENOMEM;

	if (!f)
		goto fail;
	f->gz = gzdopen(fd, "rb");
	if (!f->gz)
		goto fail;
	fd = -1;
	rc = gzbuffer(f->gz, 256 << 10) < 0 ? -ENOMEM : 0;
	if (rc < 0)
		goto fail;
	*out = f;
	return 0;

fail:
	if (fd >= 0)
		(void)close(fd); /* only read from */
	sr_scap_free(f);
	return sr_err_set(err, rc, SR_NO_POS, "out of memory");
}

uint64_t sr_scap_offset(const struct sr_scap_file *f)
{
	return f->offset;
}

void sr_scap_free(struct sr_scap_file *f)
{
	if (!f)
		return;
	if (f->gz)
		(void)gzclose_r(f->gz); /* only read from */
	sr_buf_free(&f->body);
	free(f);
}
