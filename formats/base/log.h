/* SPDX-License-Identifier: Apache-2.0 */
/* The single log sink. Library folders call sr_log(); only cli/ decides where it goes. */
#ifndef SR_LOG_H
#define SR_LOG_H

enum sr_log_level {
	SR_LOG_DEBUG,
	SR_LOG_INFO,
	SR_LOG_WARN
};

typedef void (*sr_log_fn)(enum sr_log_level level, const char *msg, void *arg);

/** sr_log_set() - send messages to @fn (NULL: nowhere). Call once, before threads start. */
void sr_log_set(sr_log_fn fn, void *arg);

/** sr_log() - one message: lower case, module first, no newline, no full stop. */
void sr_log(enum sr_log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif /* SR_LOG_H */
