/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "formats/base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static void vsay(const char *fmt, va_list ap)
{
	char line[2048];

	(void)vsnprintf(line, sizeof(line), fmt, ap); /* a longer message is cut */
	(void)fprintf(stderr, "sysreel: %s\n", line);
}

void say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
}

int fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
	return EXIT_USAGE;
}

int fail_rc(const char *what, int rc, const struct sr_err *err)
{
	const char *why = err && err->msg[0] ? err->msg : strerror(-rc);

	const char *os = strerror(-rc);
	/* What the system calls it, where that helps to look it up. */
	bool add = rc == -ENOSPC && !strstr(why, os);

	/* Words of the library often begin with the file's name already. */
	if (!what || strncmp(why, what, strlen(what)) == 0)
		return fail("%s%s%s%s", why, add ? " (" : "", add ? os : "", add ? ")" : "");
	return fail("%s: %s%s%s%s", what, why, add ? " (" : "", add ? os : "", add ? ")" : "");
}

/* A letter of several bytes is one column. */
static int letters(const char *text, uint64_t len)
{
	int n = 0;

	for (uint64_t i = 0; i < len && text[i]; i++)
		n += ((unsigned char)text[i] & 0xc0) != 0x80;
	return n;
}

/* The expression with a caret under column @pos; a long one is cut to what fits a line. */
static void show_caret(const char *text, uint64_t pos)
{
	size_t len = strlen(text), from = 0, shown = 100;
	int column;

	if (pos > len)
		return;
	if (pos > 80)
		from = pos - 60;
	column = from ? 3 : 0;
	if (len - from < shown)
		shown = len - from;
	(void)fprintf(stderr, "  %s%.*s%s\n", from ? "..." : "", (int)shown, text + from,
		      from + shown < len ? "..." : "");
	column += letters(text + from, pos - from);
	(void)fprintf(stderr, "  %*s^\n", column, "");
}

int fail_expression(const char *what, const char *text, int rc, const struct sr_err *err)
{
	if (rc != -EINVAL || err->pos == SR_NO_POS)
		return fail_rc(what, rc, err);
	say("%s, column %d: %s", what, letters(text, err->pos) + 1, err->msg);
	show_caret(text, err->pos);
	return EXIT_USAGE;
}

/* Everything that is to be said of a filter, each with a caret. */
static void show_notes(const char *what, const char *text, const struct sr_notes *notes)
{
	for (unsigned i = 0; i < notes->n; i++) {
		say("%s, column %d: %s", what, letters(text, notes->v[i].pos) + 1, notes->v[i].msg);
		show_caret(text, notes->v[i].pos);
	}
}

int compile_filter(struct sr_filter **out, const struct opts *o)
{
	struct sr_notes errors = { 0 }, warnings = { 0 };
	char *text;
	int rc;

	*out = NULL;
	if (!o->nwords)
		return 0;
	text = opts_filter_text(o);
	if (!text)
		return fail("out of memory");
	rc = sr_filter_diagnose(out, text, &errors, &warnings);
	if (rc == -EINVAL) {
		show_notes("filter", text, &errors);
		rc = EXIT_USAGE;
	} else if (rc < 0) {
		rc = fail_rc("filter", rc, &errors.v[0]);
	} else if (!o->quiet) {
		show_notes("warning: filter", text, &warnings);
	}
	free(text);
	return rc;
}

int compile_format(struct sr_format **out, const struct opts *o)
{
	static const char *const usual[] = { "c", "container", "k", "kubernetes" };
	struct sr_err err = { .pos = SR_NO_POS };
	const struct sr_field *never;
	int rc;

	*out = NULL;
	/* The default line names the container: sysdig's words for such lines mean it. */
	for (size_t i = 0; o->format && i < sizeof(usual) / sizeof(usual[0]); i++)
		if (strcmp(o->format, usual[i]) == 0)
			return 0;
	if (!o->format)
		return 0;
	rc = sr_format_compile(out, o->format, &err);
	if (rc < 0)
		return fail_expression("format", o->format, rc, &err);
	never = sr_format_never(*out);
	if (never && !o->quiet)
		say("warning: %s cannot be answered: %s", never->name, sr_field_never(never));
	return 0;
}

const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

void tell_damage(struct sr_source *source, const char *file, size_t *told)
{
	const struct sr_reel_damage *d;
	size_t n;

	d = sr_source_damages(source, &n);
	for (; *told < n; (*told)++) {
		const struct sr_reel_damage *p = &d[*told];

		if (p->events)
			say("%s: damaged at byte %" PRIu64 ", %" PRIu64 " event%s missing: %s",
			    file, p->offset, p->events, p->events == 1 ? " is" : "s are", p->what);
		else if (p->len)
			say("%s: damaged at byte %" PRIu64 ", %" PRIu64 " bytes skipped: %s", file,
			    p->offset, p->len, p->what);
		else
			say("%s: ends within a block, at byte %" PRIu64 ": %s", file, p->offset,
			    p->what);
	}
}

const char *human_bytes(uint64_t n, char buf[HUMAN_LEN])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
	double v = (double)n;
	size_t u = 0;

	while (v >= 999.5 && u + 1 < sizeof(units) / sizeof(units[0])) {
		v /= 1000;
		u++;
	}
	(void)snprintf(buf, HUMAN_LEN, u && v < 9.95 ? "%.1f %s" : "%.0f %s", v, units[u]);
	return buf;
}

const char *human_count(uint64_t n, char buf[HUMAN_LEN])
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);
	char *p = buf;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*p++ = ',';
		*p++ = digits[i];
	}
	*p = '\0';
	return buf;
}

int print_buf(struct sr_buf *b)
{
	int rc = 0;

	if (b->oom)
		rc = fail("out of memory");
	else if (b->len && (fwrite(b->p, 1, b->len, stdout) != b->len || fflush(stdout) != 0))
		rc = errno == EPIPE ? 0 : fail("cannot write the output: %s", strerror(errno));
	sr_buf_free(b);
	return rc;
}

unsigned int cpus(void)
{
	cpu_set_t set;

	/* More than 1024 CPUs do not fit, and are more than enough. */
	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (unsigned int)CPU_COUNT(&set) : 64;
}
