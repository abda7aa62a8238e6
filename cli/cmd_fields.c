/* SPDX-License-Identifier: Apache-2.0 */
/* `sysreel fields`: the table of fields as a list, as JSON, as the source of a man page. */
#include "cli/cli.h"

#include <string.h>
#include <strings.h>

static const char *type_name(uint8_t type)
{
	static const char *const names[] = {
		[SR_V_ABSENT] = "",	 [SR_V_INT] = "number", [SR_V_UINT] = "number",
		[SR_V_BOOL] = "bool",	 [SR_V_STR] = "text",	[SR_V_TIME] = "time",
		[SR_V_DUR] = "duration", [SR_V_IP] = "address", [SR_V_DOUBLE] = "number",
	};

	return type < sizeof(names) / sizeof(names[0]) && names[type] ? names[type] : "?";
}

static const char *arg_text(uint8_t arg)
{
	return arg == SR_ARG_REQUIRED ? "[ARG]" : arg == SR_ARG_OPTIONAL ? "[ARG]?" : "";
}

static size_t class_len(const char *name)
{
	return strcspn(name, ".");
}

static bool of_class(const struct sr_field *f, const char *word)
{
	return strlen(word) == class_len(f->name) && strncmp(f->name, word, strlen(word)) == 0;
}

static bool same_class(const struct sr_field *a, const struct sr_field *b)
{
	return class_len(a->name) == class_len(b->name) &&
	       strncmp(a->name, b->name, class_len(a->name)) == 0;
}

/* Which fields are wanted: all, those of a class, or those with a word in name or help. A class
 * means only its fields: "proc" is not to bring all that has proc in its help. */
struct choice {
	const struct sr_field *fields;
	size_t n;
	const char *word;
	bool class;
};

static bool wanted(const struct choice *c, const struct sr_field *f)
{
	if (!c->word)
		return true;
	if (c->class)
		return of_class(f, c->word);
	return strcasestr(f->name, c->word) || strcasestr(f->help, c->word);
}

static struct choice choose(const char *word)
{
	struct choice c = { .word = word };

	c.fields = sr_fields(&c.n);
	for (size_t i = 0; word && i < c.n; i++)
		c.class |= of_class(&c.fields[i], word);
	return c;
}

/* What no recording can answer, by reason: told of what is asked for, else only that it exists. */
static size_t put_never(struct sr_buf *out, const struct choice *c, const char *before,
			const char *between, const char *after)
{
	const char *last = NULL, *why;
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++) {
		why = sr_field_never(&c->fields[i]);
		if (!why || !wanted(c, &c->fields[i]))
			continue;
		if (last && strcmp(why, last) == 0)
			sr_buf_puts(out, between);
		else
			sr_buf_printf(out, "%s%s%s", last ? after : "", before, why);
		if (!last || strcmp(why, last) != 0)
			sr_buf_puts(out, "\n\t");
		sr_buf_puts(out, c->fields[i].name);
		last = why;
		n++;
	}
	if (n)
		sr_buf_puts(out, after);
	return n;
}

static size_t put_text(struct sr_buf *out, const struct choice *c)
{
	const struct sr_field *f, *before = NULL;
	struct sr_buf never = { 0 };
	size_t shown = 0, hidden;
	char left[64];

	for (size_t i = 0; i < c->n; i++) {
		f = &c->fields[i];
		if (!wanted(c, f) || sr_field_never(f))
			continue;
		if (!before || !same_class(f, before))
			sr_buf_printf(out, "%s%.*s\n", before ? "\n" : "", (int)class_len(f->name),
				      f->name);
		before = f;
		shown++;
		(void)snprintf(left, sizeof(left), "%s%s", f->name, arg_text(f->arg)); /* short */
		sr_buf_printf(out, "  %-28s %-9s %s\n", left, type_name(f->type), f->help);
	}
	hidden = put_never(&never, c, "cannot be answered: ", "\n\t", "\n");
	if (hidden && c->word)
		sr_buf_printf(out, "%s%s", shown ? "\n" : "", sr_buf_cstr(&never));
	else if (hidden)
		sr_buf_printf(out,
			      "\n%zu more are known from other tools, but no recording answers "
			      "them: sysreel fields NAME tells why\n",
			      hidden);
	sr_buf_free(&never);
	return shown + hidden;
}

static size_t put_json(struct sr_buf *out, const struct choice *c)
{
	size_t n = 0;

	sr_buf_putc(out, '[');
	for (size_t i = 0; i < c->n; i++) {
		const struct sr_field *f = &c->fields[i];
		const char *why = sr_field_never(f);

		if (!wanted(c, f))
			continue;
		sr_buf_puts(out, n++ ? ",\n{\"name\":" : "{\"name\":");
		sr_buf_json_str(out, f->name, strlen(f->name));
		sr_buf_printf(out,
			      ",\"type\":\"%s\",\"argument\":\"%s\",\"help\":", type_name(f->type),
			      f->arg == SR_ARG_REQUIRED	  ? "required"
			      : f->arg == SR_ARG_OPTIONAL ? "optional"
							  : "none");
		sr_buf_json_str(out, f->help, strlen(f->help));
		if (why) {
			sr_buf_puts(out, ",\"never\":");
			sr_buf_json_str(out, why, strlen(why));
		}
		sr_buf_putc(out, '}');
	}
	sr_buf_puts(out, "]\n");
	return n;
}

/* scdoc gives some signs a meaning. */
static void put_plain(struct sr_buf *out, const char *s)
{
	for (; *s; s++) {
		if (strchr("*_\\#<>[]", *s))
			sr_buf_putc(out, '\\');
		sr_buf_putc(out, *s);
	}
}

static const char man_head[] =
	"sysreel-fields(7)\n\n# NAME\n\n"
	"sysreel-fields - the fields of filters, formats and JSON\n\n"
	"# DESCRIPTION\n\n"
	"What is asked of an event: in filters (*sysreel-filter*(7)), in lines of one's own\n"
	"(*sysreel read -p*), in JSON, in groups (*--by*) and by chisels. This page is made of the\n"
	"table that the program itself uses; *sysreel fields* prints it, too.\n\n"
	"A field has a value for an event, or is absent: then comparisons with it do not hold, and\n"
	"lines show <NA>. *evt.reason\\[FIELD\\]* tells why. *\\[ARG\\]* stands for an argument,\n"
	"*\\[ARG\\]?* for one that may be left out.\n\n";

static size_t put_man(struct sr_buf *out, const struct choice *c)
{
	const struct sr_field *before = NULL;

	sr_buf_puts(out, man_head);
	for (size_t i = 0; i < c->n; i++) {
		const struct sr_field *f = &c->fields[i];

		if (sr_field_never(f))
			continue;
		if (!before || !same_class(f, before))
			sr_buf_printf(out, "# FIELDS OF %.*s\n\n", (int)class_len(f->name),
				      f->name);
		before = f;
		sr_buf_putc(out, '*');
		put_plain(out, f->name);
		put_plain(out, arg_text(f->arg));
		sr_buf_printf(out, "* (%s)\n\t", type_name(f->type));
		put_plain(out, f->help);
		sr_buf_puts(out, "\n\n");
	}
	sr_buf_puts(out, "# FIELDS WITHOUT AN ANSWER\n\n"
			 "Known from other tools, but no recording can answer them. In a filter "
			 "they are an error.\n\n");
	(void)put_never(out, c, "", ", ", "\n\n");
	sr_buf_puts(out, "# SEE ALSO\n\n*sysreel*(1), *sysreel-fields*(1), *sysreel-filter*(7)\n");
	return c->n;
}

int cmd_fields(struct opts *o)
{
	struct choice c = choose(o->nwords && !o->man ? o->words[0] : NULL);
	struct sr_buf out = { 0 };
	size_t n;
	int rc;

	n = o->man ? put_man(&out, &c) : o->json ? put_json(&out, &c) : put_text(&out, &c);
	rc = print_buf(&out);
	if (rc == 0 && !n)
		say("no field has '%s' in its name or help", c.word);
	return rc ? rc : n ? EXIT_OK : EXIT_NOTHING;
}
