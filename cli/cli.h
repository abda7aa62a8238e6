/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands share: exit statuses, messages, one function each. */
#ifndef SR_CLI_H
#define SR_CLI_H

#include "capture/source.h"
#include "cli/opts.h"
#include "formats/base/clock.h"

enum {
	EXIT_OK,
	EXIT_NOTHING,
	EXIT_USAGE
}; /* 1: nothing matched, or a check failed */

int cmd_read(struct opts *o);
int cmd_live(struct opts *o);
int cmd_record(struct opts *o);
int cmd_info(struct opts *o);
int cmd_verify(struct opts *o);
int cmd_fields(struct opts *o);
int cmd_chisels(struct opts *o);
int cmd_chisel(struct opts *o);
int cmd_doctor(struct opts *o);
int cmd_filter(struct opts *o);
int cmd_trigger(struct opts *o);
int cmd_merge(struct opts *o);
int cmd_convert(struct opts *o);

/** say() - a message on standard error, after "sysreel: ". fail() - the same; returns EXIT_USAGE.
 */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/** fail_rc() - tell of a failed call: err's words, or those of @rc. Returns EXIT_USAGE. */
int fail_rc(const char *what, int rc, const struct sr_err *err);

/** fail_expression() - tell what is wrong with an expression, where err->pos is a column of it with
 *  a caret. Returns EXIT_USAGE. */
int fail_expression(const char *what, const char *text, int rc, const struct sr_err *err);

/** compile_filter() - the filter that the words make; *out NULL if there are none. A mistake is
 *  told with the expression and a caret under its column. Return: 0; EXIT_USAGE. */
int compile_filter(struct sr_filter **out, const struct opts *o);

/** compile_format() - the same for -p; *out NULL for the default line. */
int compile_format(struct sr_format **out, const struct opts *o);

/** tell_damage() - one line per damaged place of a file from *@told on; *@told grows. */
void tell_damage(struct sr_source *source, const char *file, size_t *told);

/** human_bytes() - "3.2 MB" in @buf; returns it. human_count() - "12,345". */
#define HUMAN_LEN 40
const char *human_bytes(uint64_t n, char buf[HUMAN_LEN]);
const char *human_count(uint64_t n, char buf[HUMAN_LEN]);

/** plural() - "s" unless there is one. */
const char *plural(uint64_t n);

/** print_buf() - write a buffer to standard output; 0, or EXIT_USAGE after telling why not. */
int print_buf(struct sr_buf *b);

/** cpus() - how many this process may run on. */
unsigned int cpus(void);

#endif /* SR_CLI_H */
