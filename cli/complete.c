/* SPDX-License-Identifier: Apache-2.0 */
/* Completion: what can stand at the end of a command line. The scripts for bash and zsh pass the
 * line up to the cursor and show what comes back:
 *
 *   words N          the last N bytes of the line are to be replaced by one of the words below
 *   WORD<tab>HELP    ...
 *
 * parts N is the same, but the word goes on: no blank after it. In place of both stands one of:
 * files, chisels, containers. */
#include "cli/complete.h"
#include "capture/trigger.h"
#include "cli/cli.h"

#include <stdlib.h>
#include <string.h>

#define MAX_WORDS 256

struct line {
	char *words[MAX_WORDS]; /* without quotes; the last one may be empty */
	int n;
	char *text; /* that they stand in */
};

/* Words as a shell makes them; what is quoted or escaped is taken as it is. */
static int split(struct line *l, const char *s)
{
	char quote = 0, *to;

	l->text = to = calloc(2, strlen(s) + 2);
	if (!to)
		return -1;
	l->words[l->n++] = to;
	for (; *s; s++) {
		if (quote ? *s == quote : *s == '\'' || *s == '"') {
			quote = quote ? 0 : *s;
		} else if (*s == '\\' && quote != '\'' && s[1]) {
			*to++ = *++s;
		} else if (!quote && strchr(" \t\n", *s)) {
			*to++ = 0;
			if (l->n < MAX_WORDS && *l->words[l->n - 1])
				l->words[l->n++] = to;
			else
				to = l->words[l->n - 1];
		} else {
			*to++ = *s;
		}
	}
	return 0;
}

static void add_word(void *arg, const char *word, const char *help)
{
	sr_buf_printf(arg, "%s\t%s\n", word, help);
}

static void put(const char *kind, size_t replaced, const struct sr_buf *words)
{
	(void)printf("%s %zu\n", kind, replaced);
	if (words->len)
		(void)fwrite(words->p, 1, words->len, stdout);
}

/* The option that @word is, if its value is a word of its own. */
static bool takes_word(const struct cmd *c, const char *word, struct opts_row *row)
{
	for (size_t i = 0; opts_row(c, i, row); i++) {
		bool is_long = word[0] == '-' && word[1] == '-';

		if (row->arg && (is_long ? strcmp(word + 2, row->name) == 0
					 : word[1] && row->letter == word[strlen(word) - 1]))
			return true;
	}
	return false;
}

static void put_options(const struct cmd *c, const char *word)
{
	struct sr_buf out = { 0 };
	struct opts_row row;
	char name[64];

	for (size_t i = 0; opts_row(c, i, &row); i++) {
		(void)snprintf(name, sizeof(name), "--%s", row.name); /* names are short */
		if (strncmp(name, word, strlen(word)) == 0)
			add_word(&out, name, row.help);
	}
	put("words", strlen(word), &out);
	sr_buf_free(&out);
}

/* Fields in a format or in a list: what follows the last of the signs before them. */
static void put_fields(const char *word, const char *signs)
{
	struct sr_buf out = { 0 };
	const char *name = word;

	for (const char *p = word; *p; p++)
		if (strchr(signs, *p))
			name = p + 1;
	if (*signs != '%' || name > word)
		sr_field_complete(name, add_word, &out);
	put("parts", strlen(name), &out);
	sr_buf_free(&out);
}

static void put_list(const char *word, const char *const *names)
{
	struct sr_buf out = { 0 };

	for (; *names; names++)
		if (strncmp(*names, word, strlen(word)) == 0)
			add_word(&out, *names, "");
	put("words", strlen(word), &out);
	sr_buf_free(&out);
}

/* The words of the filter so far. */
static int put_filter(char *const *plain, int n)
{
	struct sr_buf text = { 0 }, words = { 0 };
	size_t start, len;
	int rc;

	for (int i = 0; i < n; i++)
		sr_buf_printf(&text, "%s%s", i ? " " : "", plain[i]);
	rc = sr_filter_complete(sr_buf_cstr(&text), &start, add_word, &words);
	len = text.len - (rc == 0 ? start : text.len);
	put("parts", len, &words);
	sr_buf_free(&text);
	sr_buf_free(&words);
	return rc;
}

/* A trigger's name; or a filter, after a name of one's own perhaps. */
static int put_trigger(char *word)
{
	const struct sr_trigger_known *k;
	char *colon = strchr(word, ':');
	struct sr_buf out = { 0 };

	for (size_t i = 0; (k = sr_trigger_known(i)); i++)
		if (strncmp(k->name, word, strlen(word)) == 0)
			add_word(&out, k->name, k->help);
	if (out.len)
		put("words", strlen(word), &out);
	else if (colon && colon < word + strcspn(word, "."))
		word = colon + 1;
	if (!out.len)
		return put_filter(&word, 1);
	sr_buf_free(&out);
	return 0;
}

static int put_value(const struct opts_row *row, char *word)
{
	static const char *const colors[] = { "auto", "always", "never", NULL };
	static const char *const modes[] = { "h", "a", "r", "d", "D", NULL };
	static const char *const pers[] = { "container", "host", NULL };
	static const char *const none[] = { NULL };

	if (strcmp(row->name, "color") == 0)
		put_list(word, colors);
	else if (strcmp(row->name, "time") == 0)
		put_list(word, modes);
	else if (strcmp(row->name, "retro-per") == 0)
		put_list(word, pers);
	else if (strcmp(row->name, "trigger") == 0)
		return put_trigger(word);
	else if (strcmp(row->name, "print") == 0)
		put_fields(word, "%");
	else if (strncmp(row->arg, "FIELD", 5) == 0)
		put_fields(word, ",");
	else if (strcmp(row->name, "chisel") == 0)
		(void)puts("chisels");
	else if (strstr(row->name, "container"))
		(void)puts("containers");
	else if (strcmp(row->arg, "DIRS") == 0 || strcmp(row->arg, "FILE") == 0 ||
		 strcmp(row->arg, "PATH") == 0)
		(void)puts("files");
	else
		put_list(word, none);
	return 0;
}

/* Which plain words belong to the filter: not the file, nor a chisel's arguments. */
static int first_of_filter(const struct cmd *c, char *const *plain, int n, bool has_file,
			   bool has_chisel)
{
	int i = c->bit & CMD_READ && !has_file ? 1 : 0;

	while (has_chisel && i < n - 1 && !strchr(plain[i], '.'))
		i++;
	return i;
}

static int complete_words(const struct cmd *c, struct line *l, int from)
{
	static const char *const none[] = { NULL };
	static const char *const verbs[] = { "new", "build", "test", NULL };
	char *last = l->words[l->n - 1];
	bool has_file = false, has_chisel = false, takes;
	char *plain[MAX_WORDS];
	struct opts_row row;
	int n = 0, first;

	for (int i = from; i < l->n; i++) {
		const char *w = l->words[i];

		if (strcmp(w, "--") == 0 && i < l->n - 1)
			return puts("files"), 0; /* a command of the user's */
		if (w[0] != '-' || !w[1]) {
			plain[n++] = l->words[i];
			continue;
		}
		if (i == l->n - 1)
			return put_options(c, w), 0;
		takes = takes_word(c, w, &row);
		has_file |= takes && strcmp(row.name, "read") == 0;
		has_chisel |= takes && strcmp(row.name, "chisel") == 0;
		if (takes && ++i == l->n - 1)
			return put_value(&row, last);
	}
	if (c->bit & CMD_CHISEL && n < 2)
		return put_list(last, verbs), 0;
	if (c->bit & CMD_CHISEL)
		return puts("files"), 0;
	first = first_of_filter(c, plain, n, has_file, has_chisel);
	if (c->bit & (CMD_INFO | CMD_VERIFY | CMD_MERGE) || n - 1 < first)
		return puts("files"), 0;
	if (c->bit & CMD_FIELDS)
		return put_fields(last, ","), 0;
	if (c->bit & CMD_CHISELS)
		return puts("chisels"), 0;
	if (c->bit & CMD_TRIGGER)
		return put_list(last, none), 0; /* a reason */
	return put_filter(plain + first, n - first);
}

int complete_line(const char *text, find_cmd_fn find, const struct cmd *cmds, size_t ncmds)
{
	const struct cmd *c;
	struct sr_buf out = { 0 };
	struct line l = { 0 };
	int rc = split(&l, text);

	if (rc < 0)
		return fail("out of memory");
	if (l.n == 2 && !strchr(l.words[1], '.') && l.words[1][0] != '-') {
		for (size_t i = 0; i < ncmds; i++)
			if (strncmp(cmds[i].name, l.words[1], strlen(l.words[1])) == 0)
				add_word(&out, cmds[i].name, cmds[i].summary);
		if (strncmp("help", l.words[1], strlen(l.words[1])) == 0)
			add_word(&out, "help", "What a command does, and its options");
		put("words", strlen(l.words[1]), &out);
		sr_buf_free(&out);
	} else if (l.n >= 2) {
		c = find(l.n, l.words);
		rc = complete_words(c, &l, strcmp(c->name, l.words[1]) == 0 ? 2 : 1);
	}
	free(l.text);
	return rc < 0 ? EXIT_USAGE : EXIT_OK;
}
