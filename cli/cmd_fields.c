/* SPDX-License-Identifier: Apache-2.0 */
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

/* If @word is a class, only its fields: "proc" is not to bring all that has proc in its help. */
static bool is_class(const struct sr_field *fields, size_t n, const char *word)
{
	for (size_t i = 0; word && i < n; i++)
		if (of_class(&fields[i], word))
			return true;
	return false;
}

static bool wanted(const struct sr_field *f, const char *word, bool class)
{
	if (!word)
		return true;
	if (class)
		return of_class(f, word);
	return strcasestr(f->name, word) || strcasestr(f->help, word);
}

static void put_text(struct sr_buf *out, const struct sr_field *f, const char **class)
{
	size_t len = class_len(f->name);
	char left[64];

	if (!*class || strncmp(*class, f->name, len) != 0 || (*class)[len] != '.')
		sr_buf_printf(out, "%s%.*s\n", *class ? "\n" : "", (int)len, f->name);
	*class = f->name;
	(void)snprintf(left, sizeof(left), "%s%s", f->name, arg_text(f->arg)); /* names are short */
	sr_buf_printf(out, "  %-28s %-9s %s\n", left, type_name(f->type), f->help);
}

static void put_json(struct sr_buf *out, const struct sr_field *f, bool first)
{
	sr_buf_puts(out, first ? "" : ",\n");
	sr_buf_puts(out, "{\"name\":");
	sr_buf_json_str(out, f->name, strlen(f->name));
	sr_buf_printf(out, ",\"type\":\"%s\",\"argument\":\"%s\",\"help\":", type_name(f->type),
		      f->arg == SR_ARG_REQUIRED	  ? "required"
		      : f->arg == SR_ARG_OPTIONAL ? "optional"
						  : "none");
	sr_buf_json_str(out, f->help, strlen(f->help));
	sr_buf_putc(out, '}');
}

int cmd_fields(struct opts *o)
{
	const char *word = o->nwords ? o->words[0] : NULL, *class = NULL;
	struct sr_buf out = { 0 };
	const struct sr_field *f;
	bool any = false, cls;
	size_t n;
	int rc;

	f = sr_fields(&n);
	cls = is_class(f, n, word);
	if (o->json)
		sr_buf_putc(&out, '[');
	for (size_t i = 0; i < n; i++) {
		if (!wanted(&f[i], word, cls))
			continue;
		if (o->json)
			put_json(&out, &f[i], !any);
		else
			put_text(&out, &f[i], &class);
		any = true;
	}
	if (o->json)
		sr_buf_puts(&out, "]\n");
	rc = print_buf(&out);
	if (rc == 0 && !any)
		say("no field has '%s' in its name or help", word);
	return rc ? rc : any ? EXIT_OK : EXIT_NOTHING;
}
