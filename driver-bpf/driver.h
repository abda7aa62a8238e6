/* SPDX-License-Identifier: Apache-2.0 */
/* Loads the eBPF programs, says what to record, and hands out their logs. */
#ifndef SR_DRIVER_H
#define SR_DRIVER_H

#include "driver-bpf/log_reader.h"
#include "formats/base/err.h"
#include "formats/event_abi.h"
#include "formats/predicate.h"
#include "formats/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sr_driver;

struct sr_driver_cgroup {
	uint64_t id;	    /* kernfs id */
	uint32_t hierarchy; /* 0 = v2 */
};

/* How the programs are attached. */
enum sr_driver_hook {
	SR_HOOK_BEST,	/* tp_btf, unless the kernel has no type information */
	SR_HOOK_TP_BTF, /* cheapest */
	SR_HOOK_RAW_TP, /* dearer; needs no type information in the kernel, but .btf if there is
			 * none: what exists at the start and is in flight at the end is not told */
};

struct sr_driver_opts {
	bool all;				/* every task of the host but ourselves */
	const struct sr_driver_cgroup *cgroups; /* with their descendants */
	size_t ncgroups;
	const pid_t *pids; /* processes with their descendants */
	size_t npids;
	const struct sr_pred *pred; /* what is worth recording; NULL: all. Lifecycle events and
				     * calls that change identity are seen regardless */
	uint32_t snaplen;	    /* bytes of payload; at most 65000 */
	uint32_t buffer_mb;	    /* log per CPU in MiB; 0: 8 */
	bool no_latency;	    /* without enter hook: cheaper, durations absent */
	const char *btf;	    /* BTF file in place of /sys/kernel/btf/vmlinux; NULL */
	enum sr_driver_hook hook;
	bool no_env;   /* do not copy environments */
	bool follow;   /* cgroups that are made from now on are targets: maybe */
	bool changing; /* sr_driver_targets_*() will be called */
	bool lossless; /* sr_driver_scarcity() will be looked at; of the hierarchies of
			* cgroup v1, the freezer's is preferred */
};

/**
 * sr_driver_open() - load, configure and attach. Recording has begun when it returns.
 * Return: 0; -EPERM missing capability; -EOPNOTSUPP the kernel lacks something; other
 * negative errno. err says what is missing and what to do.
 */
int sr_driver_open(struct sr_driver **out, const struct sr_driver_opts *opts, struct sr_err *err);

enum sr_driver_say {
	SR_DRIVER_RECORD,
	SR_DRIVER_MAYBE,  /* record; threads have SR_ID_MAYBE in their ids */
	SR_DRIVER_REFUSE, /* do not record, even if all else is */
};

/**
 * sr_driver_targets_add() - from now on, record cgroups with their descendants (or refuse them).
 * @known: only those that are targets already; a cgroup that has gone meanwhile stays gone.
 * Cgroups of hierarchies that are not looked at are left out. Return: 0; -ENOSPC no more room.
 */
int sr_driver_targets_add(struct sr_driver *d, const struct sr_driver_cgroup *c, size_t n,
			  enum sr_driver_say what, bool known);

/** sr_driver_targets_remove() - these cgroups are no targets any more, if they were maybe. */
void sr_driver_targets_remove(struct sr_driver *d, const struct sr_driver_cgroup *c, size_t n);

/** sr_driver_answer() - what the predicate wants to know of a cgroup. Until then, and when there
 * are too many, what hangs on it is recorded. */
void sr_driver_answer(struct sr_driver *d, const struct sr_driver_cgroup *c,
		      const struct sr_pred_cgroup *a);

/** sr_driver_targets_missed() - new cgroups that there was no room to follow. */
uint64_t sr_driver_targets_missed(const struct sr_driver *d);

/** sr_driver_ncpu() - number of CPUs. There is a log for each, and one more (see snapshot). */
unsigned int sr_driver_ncpu(const struct sr_driver *d);

/**
 * sr_driver_sync() - look at the logs: all records with a time before *until are visible to
 * sr_driver_next() until the next sync. Return false if a program is writing still: there is
 * a record to come that was begun before this look.
 */
bool sr_driver_sync(struct sr_driver *d, uint64_t *until);

/** sr_driver_next(), sr_driver_unread() - sr_log_next() and sr_log_unread() of @cpu's log. */
int sr_driver_next(struct sr_driver *d, unsigned int cpu, struct sr_log_record *out);
void sr_driver_unread(struct sr_driver *d, unsigned int cpu);

/** sr_driver_define_anew() - what @cpu's log has defined has been lost: from now on it defines
 *  again whatever its events need. */
void sr_driver_define_anew(struct sr_driver *d, unsigned int cpu);

/** sr_driver_wait() - sleep until there is much to read, at most @ms. Return 0; -EINTR. */
int sr_driver_wait(struct sr_driver *d, int ms);

/** sr_driver_scarcity() - with opts.lossless: a descriptor that poll(2) finds readable when a log
 *  has become half full, until sr_driver_scarcity_seen(). */
int sr_driver_scarcity(const struct sr_driver *d);
void sr_driver_scarcity_seen(struct sr_driver *d);

/** sr_driver_not_held() - nobody holds up any more those who fill the logs: from now on what is
 *  left of a log is shared out. */
void sr_driver_not_held(struct sr_driver *d);

/** sr_driver_filled() - how full the fullest log of a CPU is: 0 empty, 1 less than half,
 *  2 half or more. *read: changes whenever something was read. */
int sr_driver_filled(const struct sr_driver *d, uint64_t *read);

/* What was lost of one cgroup on one CPU since it was last told. */
struct sr_driver_loss {
	uint64_t cgroup, cgroup1; /* kernfs ids, v2 and v1; both 0: of cgroups that the ledger had
				   * no room for */
	uint64_t count;		  /* records */
	uint64_t first, last;	  /* their times */
	unsigned int log;
	uint8_t cause; /* enum sr_driver_cause: 0 no room, 1 nested */
	uint8_t class; /* enum sr_event_class */
};

typedef void (*sr_driver_loss_fn)(void *arg, const struct sr_driver_loss *l);

/** sr_driver_losses() - tell @fn of all that was lost since the last call. */
void sr_driver_losses(struct sr_driver *d, sr_driver_loss_fn fn, void *arg);

/** sr_driver_missed() - program runs that the kernel skipped (recursion), all programs. */
uint64_t sr_driver_missed(const struct sr_driver *d);

/**
 * sr_driver_snapshot() - write what exists now into the last log: threads that are recorded
 * (SR_X_PROCESS) and their open files (SR_X_OPENFILE), with their definitions. Read it as log
 * number sr_driver_ncpu(). Return: 0; 1: the log is full, read it and call again; negative errno.
 */
int sr_driver_snapshot(struct sr_driver *d, struct sr_err *err);

/** sr_driver_stop() - no call or request is recorded any more that begins now. Those that have
 * begun are appended to the last log as in flight (SR_F_INFLIGHT), or recorded if they return
 * before that; then the programs are detached. What the logs hold can still be read. Return 0; 1:
 * the last log is full, read it and call again; negative errno. */
int sr_driver_stop(struct sr_driver *d, struct sr_err *err);

void sr_driver_free(struct sr_driver *d);

/* ---- what the kernel offers: `sysreel doctor` and the words of a failed load ---- */

struct sr_probe {
	const char *name;   /* "BTF of the kernel" */
	int state;	    /* 1 fine, 0 missing, -1 not needed here */
	char detail[160];   /* what was found */
	const char *remedy; /* what to do if it is missing */
};

/** sr_driver_probe() - fill at most @max entries. Return: how many. */
size_t sr_driver_probe(struct sr_probe *out, size_t max);

#endif /* SR_DRIVER_H */
