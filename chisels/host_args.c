/* SPDX-License-Identifier: Apache-2.0 */
/* Arguments of chisels: from words to values, and into filters and field names. */
#include "chisels/host_internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXAMPLE_LINES 24 /* of what a chisel prints, in its help */

static const char *type_word(uint8_t type)
{
	switch (type) {
	case SYSREEL_INT:
		return "NUMBER";
	case SYSREEL_BOOL:
		return "yes|no";
	case SYSREEL_DOUBLE:
		return "NUMBER";
	default:
		return "TEXT";
	}
}

void sr_chisel_args_usage(const struct sr_plugin *p, struct sr_buf *out)
{
	sr_buf_printf(out, "-c %s", p->name);
	for (uint32_t i = 0; i < p->d.nargs; i++) {
		const struct sysreel_arg *a = &p->d.args[i];
		bool req = a->flags & SYSREEL_ARG_REQUIRED;

		sr_buf_printf(out, req ? " %s=%s" : " [%s=%s]", a->name, type_word(a->type));
	}
	sr_buf_puts(out, " [FILTER]");
}

/* -EINVAL with the complaint and the usage. */
static int misuse(const struct sr_plugin *p, struct sr_err *err, const char *what, const char *word)
{
	struct sr_buf usage = { 0 };

	sr_chisel_args_usage(p, &usage);
	sr_err_set(err, -EINVAL, SR_NO_POS, "chisel %s: %s '%s'; usage: %s", p->name, what, word,
		   sr_buf_cstr(&usage));
	sr_buf_free(&usage);
	return -EINVAL;
}

/* ---- values ---- */

static bool parse_int(const char *s, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(s, &end, 0);
	return *s && !*end && !errno;
}

static bool parse_bool(const char *s, int64_t *out)
{
	static const char *const yes[] = { "yes", "true", "1", "on" };
	static const char *const no[] = { "no", "false", "0", "off" };

	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++) {
		*out = strcmp(s, yes[i]) == 0;
		if (*out || strcmp(s, no[i]) == 0)
			return true;
	}
	return false;
}

static bool parse_double(const char *s, double *out)
{
	char *end;

	errno = 0;
	*out = strtod(s, &end);
	return *s && !*end && !errno;
}

static bool set_value(struct sr_argval *v, uint8_t type, const char *text)
{
	v->text = text;
	if (type == SYSREEL_INT)
		return parse_int(text, &v->i);
	if (type == SYSREEL_BOOL)
		return parse_bool(text, &v->i);
	if (type == SYSREEL_DOUBLE)
		return parse_double(text, &v->d);
	return true;
}

static int set_defaults(struct sr_argval *vals, const struct sr_plugin *p, struct sr_err *err)
{
	for (uint32_t i = 0; i < p->d.nargs; i++) {
		const struct sysreel_arg *a = &p->d.args[i];

		vals[i] = (struct sr_argval){ .text = "" };
		if (a->def && !set_value(&vals[i], a->type, a->def))
			return sr_err_set(err, -ELIBBAD, SR_NO_POS,
					  "chisel %s: the default of its argument %s, '%s', does "
					  "not fit its type",
					  p->name, a->name, a->def);
	}
	return 0;
}

/* ---- words ---- */

static int arg_index(const struct sr_plugin *p, const char *name, size_t len)
{
	for (uint32_t i = 0; i < p->d.nargs; i++)
		if (strlen(p->d.args[i].name) == len && memcmp(p->d.args[i].name, name, len) == 0)
			return (int)i;
	return -1;
}

/* Length of NAME in a word NAME=VALUE; 0 if it is not of this form (a filter's fields have a
 * dot in their names, so `evt.type=open` is not). */
static size_t name_len(const char *word)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	return word[n] == '=' ? n : 0;
}

/* The argument that a word without NAME= is for; -1: none, the word is not ours. */
static int free_place(const struct sr_argval *vals, const struct sr_plugin *p, const char *word)
{
	int64_t number;
	bool is_int = parse_int(word, &number);

	for (uint32_t i = 0; i < p->d.nargs; i++)
		if ((p->d.args[i].flags & SYSREEL_ARG_REQUIRED) && !vals[i].given)
			return (int)i;
	for (uint32_t i = 0; i < p->d.nargs; i++)
		if (is_int && p->d.args[i].type == SYSREEL_INT && !vals[i].given)
			return (int)i;
	return -1;
}

int sr_chisel_args_take(struct sr_argval *vals, const struct sr_plugin *p, int argc,
			char *const *argv, int *used, struct sr_err *err)
{
	int n, rc = set_defaults(vals, p, err);

	for (n = 0; rc == 0 && n < argc; n++) {
		size_t len = name_len(argv[n]);
		int i = len ? arg_index(p, argv[n], len) : free_place(vals, p, argv[n]);

		if (i < 0 && len)
			return misuse(p, err, "it has no such argument:", argv[n]);
		if (i < 0)
			break;
		if (vals[i].given)
			return misuse(p, err, "given twice:", p->d.args[i].name);
		if (!set_value(&vals[i], p->d.args[i].type, argv[n] + (len ? len + 1 : 0)))
			return misuse(p, err, "not a proper value:", argv[n]);
		vals[i].given = true;
	}
	for (uint32_t i = 0; rc == 0 && i < p->d.nargs; i++)
		if ((p->d.args[i].flags & SYSREEL_ARG_REQUIRED) && !vals[i].given)
			return misuse(p, err, "it needs the argument", p->d.args[i].name);
	*used = n;
	return rc;
}

int sr_chisel_args_top(struct sr_argval *vals, const struct sr_plugin *p, const char *top,
		       struct sr_err *err)
{
	int i = arg_index(p, "top", strlen("top"));

	if (!top)
		return 0;
	if (i < 0 || p->d.args[i].type != SYSREEL_INT)
		return sr_err_set(err, -EINVAL, SR_NO_POS,
				  "chisel %s: --top: it shows all it has, there is no argument top",
				  p->name);
	if (vals[i].given)
		return misuse(p, err, "given twice:", "top");
	vals[i].given = true;
	return set_value(&vals[i], SYSREEL_INT, top) ? 0
						     : misuse(p, err, "not a proper value:", top);
}

int sr_chisel_count_words(const char *name, int argc, char *const *argv, int *used,
			  const char *const *dirs, size_t ndirs, struct sr_err *err)
{
	struct sr_argval vals[SR_CHISEL_MAX_ARGS];
	struct sr_plugin p;
	int rc = sr_plugin_open(&p, name, dirs, ndirs, err);

	if (rc < 0)
		return rc;
	rc = sr_chisel_args_take(vals, &p, argc, argv, used, err);
	sr_plugin_close(&p);
	return rc;
}

const struct sr_argval *sr_chisel_arg_find(const struct sr_chisel *c, const char *name, size_t len)
{
	int i = arg_index(&c->plugin, name, len);

	return i < 0 ? NULL : &c->args[i];
}

/* ---- $NAME ---- */

static void put_quoted(struct sr_buf *out, const char *s)
{
	sr_buf_putc(out, '"');
	for (; *s; s++) {
		unsigned char ch = (unsigned char)*s;

		if (ch == '"' || ch == '\\')
			sr_buf_putc(out, '\\');
		if (ch < 0x20)
			sr_buf_printf(out, "\\x%02x", ch);
		else
			sr_buf_putc(out, *s);
	}
	sr_buf_putc(out, '"');
}

int sr_chisel_args_expand(const struct sr_chisel *c, const char *text, bool quote, char **out,
			  struct sr_err *err)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	struct sr_buf b = { 0 };

	while (*text) {
		const char *name = text + (text[0] == '$' && text[1] == '{' ? 2 : 1);
		size_t len = *text == '$' ? strspn(name, letters) : 0;
		int i = len ? arg_index(&c->plugin, name, len) : -1;

		if (!len) {
			sr_buf_putc(&b, *text++);
			continue;
		}
		if (i < 0) {
			sr_buf_free(&b);
			return sr_err_set(err, -ELIBBAD, SR_NO_POS,
					  "chisel %s: it has no argument for $%.*s", c->plugin.name,
					  (int)len, name);
		}
		if (quote && c->plugin.d.args[i].type == SYSREEL_STR)
			put_quoted(&b, c->args[i].text);
		else
			sr_buf_puts(&b, c->args[i].text);
		text = name + len;
		if (name[-1] == '{' && *text == '}')
			text++;
	}
	sr_buf_putc(&b, '\0');
	if (b.oom) {
		sr_buf_free(&b);
		return sr_err_set(err, -ENOMEM, SR_NO_POS, "chisel %s: no memory", c->plugin.name);
	}
	*out = (char *)b.p;
	return 0;
}

/* ---- help ---- */

static void put_arg_help(const struct sysreel_arg *a, struct sr_buf *out)
{
	sr_buf_printf(out, "  %-12s %-7s %s", a->name, type_word(a->type), a->help ? a->help : "");
	if (a->flags & SYSREEL_ARG_REQUIRED)
		sr_buf_puts(out, " (required)");
	else if (a->def && *a->def)
		sr_buf_printf(out, " (default %s)", a->def);
	sr_buf_putc(out, '\n');
}

/* What it prints of a capture: NAME.example beside NAME.so, if there is one. */
static void put_example(const struct sr_plugin *p, struct sr_buf *out)
{
	struct sr_buf path = { 0 };
	char line[1024];
	unsigned int n = 0;
	FILE *f;

	sr_buf_put(&path, p->path, strlen(p->path) - strlen(".so"));
	sr_buf_puts(&path, ".example");
	f = fopen(sr_buf_cstr(&path), "re");
	sr_buf_free(&path);
	while (f && fgets(line, sizeof(line), f)) {
		if (n++ < EXAMPLE_LINES)
			sr_buf_printf(out, "%s  %s", n == 1 ? "\nExample:\n" : "", line);
	}
	if (n > EXAMPLE_LINES)
		sr_buf_printf(out, "  ... (%u more lines)\n", n - EXAMPLE_LINES);
	if (f)
		(void)fclose(f); /* only read from */
}

int sr_chisel_help(const char *name, const char *const *dirs, size_t ndirs, struct sr_buf *out,
		   struct sr_err *err)
{
	struct sr_plugin p;
	int rc = sr_plugin_open(&p, name, dirs, ndirs, err);

	if (rc < 0)
		return rc;
	sr_buf_printf(out, "%s - %s\n\nusage: sysreel read FILE ", p.name, p.d.summary);
	sr_chisel_args_usage(&p, out);
	sr_buf_putc(out, '\n');
	if (p.d.help)
		sr_buf_printf(out, "\n%s\n", p.d.help);
	if (p.d.nargs)
		sr_buf_puts(out, "\nArguments:\n");
	for (uint32_t i = 0; i < p.d.nargs; i++)
		put_arg_help(&p.d.args[i], out);
	if (strlen(p.path) > strlen(".so"))
		put_example(&p, out);
	if (p.d.filter)
		sr_buf_printf(out, "\nFilter: %s\n", p.d.filter);
	sr_buf_puts(out, p.d.nfields ? "\nFields:" : "");
	for (uint32_t i = 0; i < p.d.nfields; i++)
		sr_buf_printf(out, " %s", p.d.fields[i].name);
	sr_buf_printf(out, "\nCategory: %s\nFile: %s\n", p.d.category, p.path);
	sr_plugin_close(&p);
	return out->oom ? -ENOMEM : 0;
}
