/* SPDX-License-Identifier: Apache-2.0 */
#include "chisels/host.h"
#include "cli/guard.h"
#include "cli/run_chisels.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put_text(struct sr_buf *out, const struct sr_chisel_info *c, const char **category)
{
	const char *cat = c->why ? "Cannot be used" : c->category;
	bool bold = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");

	if (!*category || strcmp(*category, cat) != 0)
		sr_buf_printf(out, "%s%s%s%s\n", *category ? "\n" : "", bold ? "\033[1m" : "", cat,
			      bold ? "\033[0m" : "");
	*category = cat;
	sr_buf_printf(out, "  %-20s %s\n", c->name, c->why ? c->why : c->summary);
}

static void put_member(struct sr_buf *out, const char *key, const char *value)
{
	sr_buf_printf(out, "\"%s\":", key);
	if (value)
		sr_buf_json_str(out, value, strlen(value));
	else
		sr_buf_puts(out, "null");
}

static void put_json(struct sr_buf *out, const struct sr_chisel_info *c, bool first)
{
	sr_buf_puts(out, first ? "{" : ",\n{");
	put_member(out, "name", c->name);
	sr_buf_putc(out, ',');
	put_member(out, "category", c->category);
	sr_buf_putc(out, ',');
	put_member(out, "summary", c->summary);
	sr_buf_putc(out, ',');
	put_member(out, "path", c->path);
	sr_buf_putc(out, ',');
	put_member(out, "why_not", c->why);
	sr_buf_putc(out, '}');
}

static void put_nothing(struct sr_buf *out, const char *const *dirs, size_t n)
{
	sr_buf_puts(out, "No chisel is installed. They are looked for in:\n");
	for (size_t i = 0; i < n; i++)
		sr_buf_printf(out, "  %s\n", dirs[i]);
}

/* Those of one category, or all if it is NULL. */
static int list(const struct opts *o, const char *const *dirs, size_t ndirs, const char *only)
{
	struct sr_buf out = { 0 };
	struct sr_chisel_list l;
	const char *category = NULL;
	int rc = sr_chisel_list_get(&l, dirs, ndirs);

	if (rc < 0)
		return fail_rc("chisels", rc, NULL);
	if (o->json)
		sr_buf_putc(&out, '[');
	else if (!l.n)
		put_nothing(&out, dirs, ndirs);
	for (size_t i = 0, n = 0; i < l.n; i++) {
		if (only && strcasecmp(l.v[i].category, only) != 0)
			continue;
		if (o->json)
			put_json(&out, &l.v[i], n++ == 0);
		else
			put_text(&out, &l.v[i], &category);
	}
	if (o->json)
		sr_buf_puts(&out, "]\n");
	else if (l.n)
		sr_buf_puts(&out, "\n`sysreel chisels NAME` tells more; run one with "
				  "`sysreel read FILE -c NAME`.\n");
	sr_chisel_list_free(&l);
	return print_buf(&out);
}

/* A chisel of that very name comes first: "errors" is one, "Errors" are several. */
static bool is_category(const char *word, const char *const *dirs, size_t ndirs)
{
	struct sr_chisel_list l;
	bool is = false;

	if (sr_chisel_list_get(&l, dirs, ndirs) < 0)
		return false;
	for (size_t i = 0; i < l.n; i++) {
		is = is || (*word && strcasecmp(l.v[i].category, word) == 0);
		if (strcmp(l.v[i].name, word) == 0) {
			is = false;
			break;
		}
	}
	sr_chisel_list_free(&l);
	return is;
}

int cmd_chisels(struct opts *o)
{
	struct sr_err err = { .pos = SR_NO_POS };
	struct sr_buf out = { 0 };
	const char *const *dirs;
	size_t ndirs;
	int rc;

	guard_on(); /* they are loaded */
	dirs = chisel_dirs(o, &ndirs);
	if (!o->nwords)
		return list(o, dirs, ndirs, NULL);
	if (is_category(o->words[0], dirs, ndirs))
		return list(o, dirs, ndirs, o->words[0]);
	rc = sr_chisel_help(o->words[0], dirs, ndirs, &out, &err);
	if (rc < 0) {
		sr_buf_free(&out);
		return fail_rc("chisel", rc, &err);
	}
	return print_buf(&out);
}
