/* SPDX-License-Identifier: GPL-2.0-only OR Apache-2.0 */
/* What the driver decides about a system call before it defines or copies anything: a decision
 * graph that filters/push.c makes of a filter and driver-bpf/predicate.bpf.h walks. Included by
 * both sides: fixed-width types only.
 *
 * A test asks whether a number (an attribute of the call) lies in an interval, and says where to
 * go on if it does, if it does not, and if the kernel cannot know. A test leads to tests with
 * lower numbers only, so every walk ends. Each event type has a start of its own, so nobody asks
 * for the type. */
#ifndef SR_PREDICATE_H
#define SR_PREDICATE_H

#include "formats/event_abi.h"

#define SR_PRED_TESTS	512 /* of all types together, a power of two */
#define SR_PRED_STEPS	64  /* tests on the longest walk */
#define SR_PRED_PATHS	16  /* path prefixes, a power of two */
#define SR_PRED_DEPTH	8   /* components of a prefix, a power of two */
#define SR_PRED_NAME	56  /* bytes of one component, a multiple of 8 */
#define SR_PRED_CGROUPS 32  /* questions that only user space can answer, once per cgroup */

/* Where a walk ends. */
enum sr_pred_end {
	SR_PRED_DROP,
	SR_PRED_KEEP,
	SR_PRED_FIRST /* number of the first test */
};

/* What a test looks at. Absent values lie in no interval. Text is eight bytes a number, the first
 * one highest, so that a prefix is an interval; an address is two such numbers, IPv4 inside IPv6.
 */
enum sr_attr {
	SR_AT_RET, /* absent while the call has not returned */
	SR_AT_ARG, /* @which: as an int */
	SR_AT_CPU,
	SR_AT_PID,
	SR_AT_TID,
	SR_AT_PPID,
	SR_AT_RUID,
	SR_AT_EUID,
	SR_AT_SUID,
	SR_AT_RGID,
	SR_AT_EGID,
	SR_AT_COMM,   /* @which: 0, 1 */
	SR_AT_CGROUP, /* question @which: 0, 1 */
	/* of the event's file */
	SR_AT_FILE, /* from here on */
	SR_AT_KIND, /* enum sr_file_kind as a bit: see struct sr_test */
	SR_AT_PORT, /* @which: enum sr_end */
	SR_AT_ADDR, /* @which: enum sr_end * 2 + 0, 1 */
	SR_AT_PATH, /* prefix @which: 0, 1 */
};

/* Ends of an internet socket. */
enum sr_end {
	SR_END_LOCAL,
	SR_END_REMOTE,
	SR_END_CLIENT,
	SR_END_SERVER
};

/* A file whose kind the kernel cannot tell from the others of this set. */
#define SR_PRED_KIND_VAGUE 31

struct sr_test {
	uint8_t attr; /* enum sr_attr */
	uint8_t which;
	uint16_t yes, no, unknown; /* tests with lower numbers, or enum sr_pred_end */
	/* yes: value - lo <= span, as unsigned numbers. SR_AT_KIND: lo has a bit for each kind
	 * that is a yes, span one for each kind that is decided. */
	uint64_t lo, span;
};
static_assert(sizeof(struct sr_test) == 24, "one element of the table of tests");

/* The first components of a path. The last one may be the beginning of a name. */
struct sr_pred_path {
	uint8_t n;
	uint8_t open;  /* the last is only the beginning of a name */
	uint8_t exact; /* nothing may follow */
	uint8_t pad[5];
	struct {
		uint64_t len;
		char name[SR_PRED_NAME]; /* filled up with NUL */
	} comp[SR_PRED_DEPTH];
};
static_assert(sizeof(struct sr_pred_path) == 8 + 64 * SR_PRED_DEPTH, "one prefix");

/* What user space says of a cgroup: the answers to the questions, a bit each. */
struct sr_pred_cgroup {
	uint32_t answers;
	uint32_t names; /* it is of a container; else another hierarchy's may be */
};

#ifndef __bpf__
/* A whole predicate. */
struct sr_pred {
	const uint16_t *start;	     /* of each row of sr_types: a test or enum sr_pred_end; at
				      * SR_TYPE_FIRST_X that of calls without a row */
	const struct sr_test *tests; /* by their numbers */
	uint32_t ntests;
	const struct sr_pred_path *paths;
	uint32_t npaths;
	uint32_t ncgroups; /* questions about cgroups: sr_driver_answer() is expected */
};
#endif

#endif /* SR_PREDICATE_H */
