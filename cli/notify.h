/* SPDX-License-Identifier: Apache-2.0 */
/* Words to the service manager, as sd_notify(3) has them; nothing happens without one. */
#ifndef SR_CLI_NOTIFY_H
#define SR_CLI_NOTIFY_H

/** notify() - send "READY=1", "STATUS=...", several lines joined by newlines. */
void notify(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* SR_CLI_NOTIFY_H */
